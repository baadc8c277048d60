// SPDX-License-Identifier: BSL-1.0
#include "tiny/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "shoal/core/message.hpp"
#include "shoal/core/utf8.hpp"

namespace tiny {

namespace {

using shoal::message;
using shoal::quoted;

constexpr std::size_t longest_header = std::size_t{16} << 20U;

// The JSON that safetensors allow: an object of objects of texts, whole numbers and lists of them.
class header_reader {
 public:
  explicit header_reader(std::string_view text) : text_(text) {}

  void expect(char c) {
    if (!take(c)) refuse(message("expected '", c, "'"));
  }
  bool take(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string text() {
    expect('"');
    std::string out;
    for (;;) {
      if (at_ >= text_.size()) refuse("a text has no end");
      const char c = text_[at_++];
      if (c == '"') break;
      if (static_cast<unsigned char>(c) < 0x20U) refuse("a text holds a control character");
      if (c != '\\') {
        out += c;
        continue;
      }
      if (at_ >= text_.size()) refuse("a text has no end");
      escape(text_[at_++], out);
    }
    if (shoal::utf8_error(out) != out.size()) refuse("a text is not UTF-8");
    return out;
  }
  std::size_t whole() {
    skip_space();
    std::size_t out = 0;
    const auto* const first = text_.data() + at_;
    const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), out);
    if (error != std::errc()) refuse("expected a whole number");
    at_ += static_cast<std::size_t>(end - first);
    return out;
  }
  std::vector<std::size_t> wholes() {
    std::vector<std::size_t> out;
    expect('[');
    if (take(']')) return out;
    do {
      if (out.size() == 8) refuse("a list has more than 8 numbers");
      out.push_back(whole());
    } while (take(','));
    expect(']');
    return out;
  }
  /// Calls `member(name)` at each value of an object.
  template <class Member>
  void object(Member member) {
    expect('{');
    if (take('}')) return;
    do {
      const std::string name = text();
      expect(':');
      member(name);
    } while (take(','));
    expect('}');
  }
  void end() {
    skip_space();
    if (at_ != text_.size()) refuse("there is more after the header's object");
  }
  [[noreturn]] void refuse(const std::string& why) const {
    throw bad_weights(message("the header, byte ", at_, ": ", why));
  }

 private:
  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  void escape(char c, std::string& out) {
    switch (c) {
      case '"':
      case '\\':
      case '/':
        out += c;
        return;
      case 'n':
        out += '\n';
        return;
      case 't':
        out += '\t';
        return;
      case 'r':
        out += '\r';
        return;
      case 'b':
        out += '\b';
        return;
      case 'f':
        out += '\f';
        return;
      case 'u': {
        unsigned code = 0;
        const auto* const first = text_.data() + at_;
        const auto* const last = first + std::min<std::size_t>(4, text_.size() - at_);
        const auto [end, error] = std::from_chars(first, last, code, 16);
        if (error != std::errc() || end != first + 4 || (code >= 0xD800U && code < 0xE000U)) {
          refuse("an escape is not one of a character");
        }
        at_ += 4;
        if (code < 0x80U) {
          out += static_cast<char>(code);
        } else if (code < 0x800U) {
          out += static_cast<char>(0xC0U | (code >> 6U));
          out += static_cast<char>(0x80U | (code & 0x3FU));
        } else {
          out += static_cast<char>(0xE0U | (code >> 12U));
          out += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
          out += static_cast<char>(0x80U | (code & 0x3FU));
        }
        return;
      }
      default:
        refuse("an escape is unknown");
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::size_t bytes_of(number_type type) { return type == number_type::f32 ? 4 : 2; }

struct place {
  std::size_t begin = 0;
  std::size_t end = 0;
};

tensor read_tensor(header_reader& in, const std::string& name, place& at) {
  tensor out;
  bool has_type = false;
  bool has_shape = false;
  bool has_place = false;
  in.object([&](const std::string& key) {
    if (key == "dtype" && !std::exchange(has_type, true)) {
      const std::string type = in.text();
      if (type == "F32") {
        out.type = number_type::f32;
      } else if (type == "F16") {
        out.type = number_type::f16;
      } else if (type == "BF16") {
        out.type = number_type::bf16;
      } else {
        throw bad_weights(
            message("tensor ", quoted(name), ": type ", quoted(type), " is not F32, F16 or BF16"));
      }
    } else if (key == "shape" && !std::exchange(has_shape, true)) {
      out.shape = in.wholes();
    } else if (key == "data_offsets" && !std::exchange(has_place, true)) {
      const auto two = in.wholes();
      if (two.size() != 2) in.refuse("data_offsets are two numbers");
      at = {two[0], two[1]};
    } else {
      in.refuse(message("key ", quoted(key), " is unknown or there twice"));
    }
  });
  if (!has_type || !has_shape || !has_place) {
    throw bad_weights(message("tensor ", quoted(name), " needs dtype, shape and data_offsets"));
  }
  return out;
}

}  // namespace

const tensor& tensor_file::at(std::string_view name) const {
  const auto found = tensors.find(name);
  if (found == tensors.end()) throw bad_weights(message("there is no tensor ", quoted(name)));
  return found->second;
}

const std::string& tensor_file::word(std::string_view name) const {
  const auto found = metadata.find(name);
  if (found == metadata.end()) throw bad_weights(message("the metadata have no ", quoted(name)));
  return found->second;
}

std::size_t tensor_file::whole(std::string_view name, std::size_t least, std::size_t most) const {
  const std::string& text = word(name);
  std::size_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || out < least || out > most) {
    throw bad_weights(message("metadata ", name, ": ", quoted(text), " is not a whole number in [", least,
                              ", ", most, "]"));
  }
  return out;
}

double tensor_file::number(std::string_view name) const {
  const std::string& text = word(name);
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(out)) {
    throw bad_weights(message("metadata ", name, ": ", quoted(text), " is not a finite number"));
  }
  return out;
}

tensor_file read_safetensors(std::string_view bytes) {
  if (bytes.size() < 8) throw bad_weights(message("a file of ", bytes.size(), " bytes has no header"));
  std::uint64_t length = 0;
  for (std::size_t i = 8; i-- > 0;) length = length << 8U | static_cast<unsigned char>(bytes[i]);
  if (length > longest_header || length > bytes.size() - 8) {
    throw bad_weights(message("a header of ", length, " bytes does not fit in a file of ", bytes.size()));
  }
  header_reader in(bytes.substr(8, static_cast<std::size_t>(length)));
  const std::string_view data = bytes.substr(8 + static_cast<std::size_t>(length));
  tensor_file out;
  std::vector<place> places;
  in.object([&](const std::string& name) {
    if (name == "__metadata__") {
      if (!out.metadata.empty()) in.refuse("the metadata are there twice");
      in.object([&](const std::string& key) {
        if (!out.metadata.emplace(key, in.text()).second)
          in.refuse(message("key ", quoted(key), " is there twice"));
      });
      return;
    }
    place at;
    tensor t = read_tensor(in, name, at);
    std::size_t count = bytes_of(t.type);
    for (const std::size_t n : t.shape) {
      if (n == 0 || count > data.size() / n) {
        throw bad_weights(message("tensor ", quoted(name), ": its shape is empty or larger than the file"));
      }
      count *= n;
    }
    if (at.begin > at.end || at.end > data.size() || at.end - at.begin != count) {
      throw bad_weights(message("tensor ", quoted(name), ": bytes ", at.begin, " to ", at.end, " of ",
                                data.size(), " are not the ", count, " of its shape"));
    }
    t.bytes = data.substr(at.begin, count);
    places.push_back(at);
    if (!out.tensors.emplace(name, std::move(t)).second) {
      throw bad_weights(message("tensor ", quoted(name), " is there twice"));
    }
  });
  in.end();
  std::sort(places.begin(), places.end(), [](const place& a, const place& b) { return a.begin < b.begin; });
  std::size_t covered = 0;
  for (const place& p : places) {
    if (p.begin != covered)
      throw bad_weights(message("the tensors do not meet at byte ", covered, " of the data"));
    covered = p.end;
  }
  if (covered != data.size()) throw bad_weights(message("no tensor has the data from byte ", covered, " on"));
  return out;
}

float from_half(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16U;
  const std::uint32_t exponent = (bits >> 10U) & 0x1FU;
  const std::uint32_t fraction = bits & 0x3FFU;
  if (exponent == 0) {
    const float small = std::ldexp(static_cast<float>(fraction), -24);
    return sign != 0 ? -small : small;
  }
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000U | fraction << 13U);
  return std::bit_cast<float>(sign | (exponent + 112U) << 23U | fraction << 13U);
}

std::vector<float> floats_of(const tensor_file& file, std::string_view name,
                             const std::vector<std::size_t>& shape) {
  const tensor& t = file.at(name);
  if (t.shape != shape) {
    const auto shown = [](const std::vector<std::size_t>& s) {
      std::string out;
      for (const std::size_t n : s) out += (out.empty() ? "" : " x ") + std::to_string(n);
      return out;
    };
    throw bad_weights(message("tensor ", quoted(name), " is ", shown(t.shape), ", not ", shown(shape)));
  }
  const std::size_t each = bytes_of(t.type);
  std::vector<float> out(t.bytes.size() / each);
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::uint32_t bits = 0;
    for (std::size_t b = each; b-- > 0;)
      bits = bits << 8U | static_cast<unsigned char>(t.bytes[i * each + b]);
    out[i] = t.type == number_type::f16
                 ? from_half(static_cast<std::uint16_t>(bits))
                 : std::bit_cast<float>(t.type == number_type::f32 ? bits : bits << 16U);
    if (!std::isfinite(out[i]))
      throw bad_weights(message("tensor ", quoted(name), ": number ", i, " is not finite"));
  }
  return out;
}

}  // namespace tiny
