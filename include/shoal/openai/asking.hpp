// SPDX-License-Identifier: BSL-1.0
/// @file Questions to a server as HTTP exchanges, and their answers read.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <Eigen/Core>

#include "shoal/core/clock.hpp"
#include "shoal/json/cursor.hpp"
#include "shoal/json/parse.hpp"
#include "shoal/openai/chunk_mould.hpp"
#include "shoal/openai/completion.hpp"
#include "shoal/openai/exchange.hpp"
#include "shoal/openai/failure.hpp"
#include "shoal/openai/fault.hpp"
#include "shoal/openai/ollama.hpp"
#include "shoal/openai/options.hpp"
#include "shoal/openai/reply.hpp"
#include "shoal/openai/server.hpp"
#include "shoal/openai/sse.hpp"

namespace shoal::openai {

/// What a model is asked.
struct question {
  std::string model{};  ///< as the server calls it; empty: the server has only one
  std::vector<turn> turns{};
  options how{};
  dialect spoken = dialect::chat;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::string idempotency_key{};  ///< sent as `Idempotency-Key`; printable ASCII; empty: not sent
};

/// Takes the text of an answer piece by piece, in whole characters.
using text_observer = std::function<void(std::string_view)>;

/// Vectors of texts.
struct embeddings {
  Eigen::MatrixXd vectors{};  ///< one row for each text
  std::string model{};
  std::uint64_t input_tokens = 0;
};

/// What came of a call that is not waited for.
template <class T>
using result = std::variant<T, failure>;

namespace detail {

// A call before it is made: the exchange, and what reads its end.
template <class T>
struct call {
  std::unique_ptr<exchange> http{};
  std::function<T(exchange&)> read{};
};

inline json::parse_limits limits_for(const address& where) {
  return {.bytes = where.response_bytes, .depth = 64};
}

inline loose_document whole_document(const exchange& e) {
  loose_document out = parse_loose(e.body, limits_for(*e.where));
  if (server_error said; find_error(out.root, said)) throw openai::failure_of(200, said);
  return out;
}

// The stream of an answer: bytes in, a completion out.
struct answer_stream {
  answer_stream(dialect d, json::parse_limits l, text_observer see)
      : spoken(d),
        limits(l),
        events(l.bytes),
        lines(l.bytes),
        chunks([this, given = std::move(see)](std::string_view s) {
          if (first_text == exchange::time_point{}) first_text = std::chrono::steady_clock::now();
          if (given) given(s);
        }) {}
  answer_stream(const answer_stream&) = delete;
  answer_stream& operator=(const answer_stream&) = delete;

  void take(std::string_view bytes) {
    if (spoken == dialect::ollama) {
      lines.take(bytes, [&](std::string_view line) { take_object(line); });
    } else {
      events.take(bytes, [&](std::string_view name, std::string_view data) { take_event(name, data); });
    }
  }

  void take_event(std::string_view name, std::string_view data) {
    if (over) return;
    if (data == "[DONE]") {
      over = some = true;
    } else if (name == "error") {
      server_error said = error_of(data);
      throw openai::failure_of(200, said);
    } else {
      take_object(data);
    }
  }

  void take_object(std::string_view text) {
    if (const auto piece = mould.text_of(text)) return chunks.add(*piece);
    const loose_document object = parse_loose(text, limits);
    some = true;
    if (server_error said; find_error(object.root, said)) throw openai::failure_of(200, said);
    if (spoken == dialect::ollama) {
      take_ollama(object, chunks);
    } else if (const std::string_view key = chunks.take(object); !key.empty() && !object.stand_ins) {
      mould.remember(text, key);
    }
  }

  bool whole() const { return over || chunks.finished(); }

  dialect spoken;
  json::parse_limits limits;
  event_reader events;
  line_reader lines;
  chunk_mould mould{};
  exchange::time_point first_text{};
  bool some = false;  // an event came
  bool over = false;  // the last one came
  chunk_reader chunks;
};

// Why a stream ended before its end.
inline failure broken_stream(const exchange& e, answer_stream& s) {
  if (e.code == CURLE_OK && !e.cancelled) {
    if (!s.some) return failure(cause::malformed, "the answer is no stream of events", e.status);
    return failure(cause::cut_stream, "the stream ended before its end", e.status);
  }
  return failure_of(e);
}

inline completion read_stream(exchange& e, answer_stream& s) {
  const auto with_text = [&](failure f) {
    f.partial = s.chunks.so_far().text;
    return f;
  };
  try {
    if (e.thrown) std::rethrow_exception(e.thrown);
  } catch (const failure& f) {
    throw with_text(f);
  } catch (const json::value_error& refused) {
    throw with_text(failure(cause::wrong_schema, refused.what(), e.status));
  } catch (const bad_input& refused) {
    throw with_text(failure(cause::malformed, refused.what(), e.status));
  }
  if (!s.whole() || e.too_long) throw with_text(broken_stream(e, s));
  if (s.spoken != dialect::ollama && !s.chunks.had_choice()) {
    throw failure(cause::no_choices, "the answer has no choices", e.status);
  }
  completion out = s.chunks.take_whole();
  if (s.first_text != exchange::time_point{}) {
    out.first_text_s = std::chrono::duration<double>(s.first_text - e.begun).count();
  }
  return out;
}

inline completion read_whole(const exchange& e, dialect spoken, const text_observer& see) {
  const loose_document document = whole_document(e);
  completion out;
  if (spoken == dialect::ollama) {
    chunk_reader chunks;
    take_ollama(document, chunks);
    out = chunks.take_whole();
  } else {
    out = read_completion(document);
  }
  if (see && !out.text.empty()) see(out.text);
  return out;
}

inline std::unique_ptr<exchange> exchange_with(std::shared_ptr<const address> where, std::string url,
                                               exchange::time_point deadline) {
  auto out = std::make_unique<exchange>();
  out->where = std::move(where);
  out->url = std::move(url);
  out->deadline = deadline;
  return out;
}

/// @throws invalid_argument  when the options make no sense.
inline call<completion> call_for(const std::shared_ptr<const address>& where, const question& q,
                                 text_observer see) {
  check(q.how);
  const std::string url = q.spoken == dialect::ollama ? where->root + "/api/chat"
                          : q.spoken == dialect::chat ? where->api + "/chat/completions"
                                                      : where->api + "/completions";
  call<completion> out{exchange_with(where, url, q.deadline)};
  out.http->post = true;
  out.http->sent = to_bytes(write_body(q.spoken, q.model, q.turns, q.how));
  if (!q.idempotency_key.empty()) {
    for (const char c : q.idempotency_key) {
      if (c >= 0x20 && c < 0x7F) continue;
      throw invalid_argument(
          message("idempotency_key ", quoted(q.idempotency_key), " is not printable ASCII"));
    }
    out.http->header = "Idempotency-Key: " + q.idempotency_key;
  }
  if (q.how.stream) {
    const auto s = std::make_shared<answer_stream>(q.spoken, limits_for(*where), see);
    out.http->stream = [s](std::string_view bytes) { s->take(bytes); };
    out.read = [s, spoken = q.spoken, see = std::move(see)](exchange& e) {
      completion c = e.streamed ? read_stream(e, *s) : read_whole(e, spoken, see);
      c.seconds = e.seconds();
      return c;
    };
  } else {
    out.read = [spoken = q.spoken, see = std::move(see)](exchange& e) {
      completion c = read_whole(e, spoken, see);
      c.seconds = e.seconds();
      return c;
    };
  }
  return out;
}

inline embeddings read_embeddings(const exchange& e, std::size_t texts) {
  const loose_document document = whole_document(e);
  const json::cursor data = json::cursor(document.root).at("data");
  if (data.size() != texts) data.refuse(message(data.size(), " vectors for ", texts, " texts"));
  embeddings out;
  std::vector<bool> seen(texts, false);
  for (std::size_t i = 0; i < texts; ++i) {
    const auto index = data[i].find("index");
    const std::size_t row = index ? index->whole(0) : i;
    if (row >= texts || seen[row]) index->refuse_not("the index of one of the texts, once each");
    seen[row] = true;
    const json::cursor vector = data[i].at("embedding");
    const auto n = static_cast<Eigen::Index>(vector.size());
    if (i == 0) out.vectors.resize(static_cast<Eigen::Index>(texts), n);
    if (n != out.vectors.cols())
      vector.refuse(message(n, " numbers, but the first has ", out.vectors.cols()));
    for (Eigen::Index j = 0; j < n; ++j) {
      out.vectors(static_cast<Eigen::Index>(row), j) = vector[static_cast<std::size_t>(j)].number();
    }
  }
  out.model = text_of(document.root, "model");
  if (const nlohmann::json* used = given(document.root, "usage")) {
    out.input_tokens = count_of(*used, "prompt_tokens");
  }
  return out;
}

inline call<embeddings> embedding_call(const std::shared_ptr<const address>& where, const std::string& model,
                                       const std::vector<std::string>& texts, exchange::time_point deadline) {
  call<embeddings> out{exchange_with(where, where->api + "/embeddings", deadline)};
  out.http->post = true;
  nlohmann::json body{{"input", texts}, {"encoding_format", "float"}};
  if (!model.empty()) body["model"] = model;
  out.http->sent = to_bytes(body);
  out.read = [n = texts.size()](exchange& e) { return read_embeddings(e, n); };
  return out;
}

inline call<std::vector<std::string>> models_call(const std::shared_ptr<const address>& where,
                                                  exchange::time_point deadline) {
  call<std::vector<std::string>> out{exchange_with(where, where->api + "/models", deadline)};
  out.read = [](exchange& e) {
    const loose_document document = whole_document(e);
    const json::cursor data = json::cursor(document.root).at("data");
    std::vector<std::string> names;
    for (std::size_t i = 0; i < data.size(); ++i) names.push_back(data[i].at("id").text());
    return names;
  };
  return out;
}

// The body of whatever lies at a path below the server's root.
inline call<std::string> page_call(const std::shared_ptr<const address>& where, const std::string& path,
                                   exchange::time_point deadline) {
  call<std::string> out{exchange_with(where, where->root + path, deadline)};
  out.read = [](exchange& e) { return std::move(e.body); };
  return out;
}

// Reads the end of an exchange.
// @throws whatever an observer of text threw; nothing else.
template <class T>
result<T> end_of(exchange& e, const std::function<T(exchange&)>& read) {
  const auto refused = [&](cause why, const std::string& text) {
    return named(failure(why, text, e.status), e.url, e.where->key);
  };
  try {
    const bool good = e.code == CURLE_OK && e.status == 200 && !e.cancelled && !e.too_long;
    if (!good && !e.streamed) throw failure_of(e);
    return read(e);
  } catch (const failure& f) {
    return named(f, e.url, e.where->key);
  } catch (const json::value_error& x) {
    return refused(cause::wrong_schema, x.what());
  } catch (const bad_input& x) {
    return refused(cause::malformed, x.what());
  }
}

}  // namespace detail

}  // namespace shoal::openai
