// SPDX-License-Identifier: BSL-1.0
/// @file The demo's input: measured models, and what each of them answered to 12,032 questions.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <shoal/core/csv.hpp>
#include <shoal/core/random.hpp>
#include <shoal/shoal.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace demo {

/// A model of the published evaluation, with its estimated energy.
struct measured_model {
  std::string name{};              ///< as shown
  double billions = 0;             ///< parameters, all of them
  double energy_j = 0;             ///< joules for one request
  double output_tokens = 0;        ///< of one answer, mean
  double accuracy = 0;             ///< share of right answers, once it was measured
  double failure_probability = 0;  ///< assumed, not measured
  std::string region{};            ///< assumed, not measured
};

/// One question: its subject, the right letter, and each model's letter ('-': none could be read).
struct question {
  std::size_t subject = 0;
  char gold = '-';
  std::string letters{};  ///< one for each model, in the fleet's order
};

}  // namespace demo

/// How shoal reads the demo's own descriptor.
template <>
struct shoal::model_traits<demo::measured_model> : shoal::model_defaults<demo::measured_model> {
  static std::string_view name(const demo::measured_model& m) { return m.name; }
  static double accuracy(const demo::measured_model& m) { return m.accuracy; }
  static double energy_j(const demo::measured_model& m) { return m.energy_j; }
  static double failure_probability(const demo::measured_model& m) { return m.failure_probability; }
  static std::string_view group(const demo::measured_model& m) { return m.region; }
};

namespace demo {

using shoal::matrix;
using shoal::vector;

/// A small model is one that a laptop or a robot can hold.
inline constexpr double small_billions = 9;

/// Everything that the demo reads.
struct dataset {
  shoal::fleet<measured_model> models{};
  std::vector<std::string> subjects{};
  std::vector<question> questions{};

  bool is_small(std::size_t i) const { return models[i].billions <= small_billions; }
};

/// "Meta-Llama-3_1-8B-Instruct" as people write it: "Llama-3.1-8B-Instruct".
inline std::string shown_name(std::string_view published) {
  std::string out(published);
  if (out.starts_with("Meta-")) out.erase(0, 5);
  if (out.ends_with("-hf")) out.erase(out.size() - 3);
  std::replace(out.begin(), out.end(), '_', '.');
  return out;
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw shoal::bad_input("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Reads models.csv and answers.csv. Each model gets an assumed chance of failing in the mission, and one of
/// three assumed regions in turn: nobody published such figures.
inline dataset read_dataset(const std::filesystem::path& folder, double failure_probability) {
  dataset out;
  const std::string models = read_file(folder / "models.csv");
  shoal::csv_table model_rows(models, {"model", "params_B", "energy_J_per_request", "est_output_tokens"});
  const char* const regions[] = {"north", "south", "west"};
  while (model_rows.next()) {
    out.models.add({.name = shown_name(model_rows.text(0)),
                    .billions = model_rows.number(1),
                    .energy_j = model_rows.number(2),
                    .output_tokens = model_rows.number(3),
                    .failure_probability = failure_probability,
                    .region = regions[out.models.size() % std::size(regions)]});
  }
  const std::string answers = read_file(folder / "answers.csv");
  std::vector<std::string> subject_of;  // of each question
  shoal::csv_table answer_rows(answers, {"subject", "gold", "letters"});
  while (answer_rows.next()) {
    const std::string_view letters = answer_rows.text(2);
    if (letters.size() != out.models.size()) {
      throw shoal::csv_error(
          answer_rows.line(),
          shoal::message("letters has ", letters.size(), " answers for ", out.models.size(), " models"));
    }
    subject_of.emplace_back(answer_rows.text(0));
    out.questions.push_back({.gold = answer_rows.text(1)[0], .letters = std::string(letters)});
  }
  out.subjects = subject_of;
  std::sort(out.subjects.begin(), out.subjects.end());
  out.subjects.erase(std::unique(out.subjects.begin(), out.subjects.end()), out.subjects.end());
  for (std::size_t q = 0; q < out.questions.size(); ++q) {
    const auto at = std::lower_bound(out.subjects.begin(), out.subjects.end(), subject_of[q]);
    out.questions[q].subject = static_cast<std::size_t>(at - out.subjects.begin());
  }
  return out;
}

/// What some of the questions say of every model.
struct measurement {
  matrix quality{};  ///< share of right answers, models x subjects
  vector count{};    ///< questions of each subject
  vector overall{};  ///< share of right answers of each model
};

/// Scores every model on the questions of those indices.
inline measurement measure(const dataset& data, const std::vector<std::size_t>& questions) {
  const auto models = static_cast<Eigen::Index>(data.models.size());
  const auto subjects = static_cast<Eigen::Index>(data.subjects.size());
  measurement out{matrix::Zero(models, subjects), vector::Zero(subjects), vector::Zero(models)};
  for (const std::size_t at : questions) {
    const question& q = data.questions[at];
    const auto column = static_cast<Eigen::Index>(q.subject);
    out.count[column] += 1;
    for (Eigen::Index i = 0; i < models; ++i) {
      if (q.letters[static_cast<std::size_t>(i)] == q.gold) out.quality(i, column) += 1;
    }
  }
  out.overall = out.quality.rowwise().sum() / out.count.sum();
  for (Eigen::Index k = 0; k < subjects; ++k) out.quality.col(k) /= out.count[k];
  return out;
}

/// Two halves of the questions, each with half of every subject: plans are made on one and run on the other.
struct halves {
  std::vector<std::size_t> calibration{};
  std::vector<std::size_t> held_out{};
};

inline halves split(const dataset& data, std::uint64_t seed) {
  halves out;
  shoal::random_engine engine(seed);
  std::vector<std::vector<std::size_t>> of_subject(data.subjects.size());
  for (std::size_t q = 0; q < data.questions.size(); ++q) of_subject[data.questions[q].subject].push_back(q);
  for (std::vector<std::size_t>& all : of_subject) {
    for (std::size_t left = all.size(); left > 1; --left) {
      std::swap(all[left - 1], all[shoal::uniform_below(engine, left)]);
    }
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    out.calibration.insert(out.calibration.end(), all.begin(), middle);
    out.held_out.insert(out.held_out.end(), middle, all.end());
  }
  return out;
}

}  // namespace demo
