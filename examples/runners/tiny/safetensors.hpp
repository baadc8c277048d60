// SPDX-License-Identifier: BSL-1.0
/// @file Safetensors: named tensors and a few words about them, read from bytes that nobody vouches for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/error.hpp"

namespace tiny {

/// Bytes that are no such file, or a file without what a model needs.
struct bad_weights : shoal::bad_input {
  using bad_input::bad_input;
};

/// What a tensor's numbers are; all are read as single precision.
enum class number_type { f32, f16, bf16 };

/// A tensor, still in the file's bytes.
struct tensor {
  number_type type = number_type::f32;
  std::vector<std::size_t> shape{};  ///< the last dimension is contiguous
  std::string_view bytes{};
};

/// What a file holds; its tensors view the bytes that were read.
struct tensor_file {
  std::map<std::string, std::string, std::less<>> metadata{};
  std::map<std::string, tensor, std::less<>> tensors{};

  /// @throws bad_weights  naming what is not there.
  const tensor& at(std::string_view name) const;
  /// @throws bad_weights  naming what is not there.
  const std::string& word(std::string_view name) const;
  /// A whole number in the metadata.
  /// @throws bad_weights  where it is not there or not in [least, most].
  std::size_t whole(std::string_view name, std::size_t least, std::size_t most) const;
  /// A finite number in the metadata.
  /// @throws bad_weights  where it is not there or no such number.
  double number(std::string_view name) const;
};

/// Reads a file: 8 bytes of length, a JSON object, the numbers. Everything is checked before it is used: the
/// header's length and form, each tensor's shape against its bytes, and that the tensors cover the data
/// without gap or overlap.
/// @throws bad_weights  naming what is wrong.
/// @complexity O(header) time; the numbers are not touched.
tensor_file read_safetensors(std::string_view bytes);

/// The numbers of a tensor of exactly this shape, in the file's order.
/// @throws bad_weights  where the shape is another, or a number is not finite.
std::vector<float> floats_of(const tensor_file& file, std::string_view name,
                             const std::vector<std::size_t>& shape);

/// A half-precision number (IEEE 754 binary16) as single precision, exactly.
float from_half(std::uint16_t bits);

}  // namespace tiny
