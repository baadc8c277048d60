// SPDX-License-Identifier: BSL-1.0
#include "shoal/openai/secret.hpp"

#include <cstdlib>
#include <string>

#include "catch.hpp"

using shoal::openai::secret;

TEST_CASE("a key is taken out of a text, whole, in part and more than once", "[openai]") {
  const secret key("sk-abcdefghij0123456789");
  CHECK(key.removed_from("wrong key: sk-abcdefghij0123456789.") == "wrong key: ***.");
  CHECK(key.removed_from("sk-abcdefghij...6789") == "***...6789");
  CHECK(key.removed_from("bcdefghij0 and 0123456789") == "*** and ***");
  CHECK(key.removed_from("nothing of it") == "nothing of it");
  CHECK(secret("abc").removed_from("abcd ab abc") == "***d ab ***");
  CHECK(secret().removed_from("abc") == "abc");
}

TEST_CASE("a key that is missing or cannot be sent is refused without being shown", "[openai]") {
  const auto refused = [](const char* value) {
    if (value == nullptr) {
      ::unsetenv("SHOAL_TEST_SECRET");
    } else {
      ::setenv("SHOAL_TEST_SECRET", value, 1);
    }
    try {
      secret::from_environment("SHOAL_TEST_SECRET");
    } catch (const shoal::invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(refused(nullptr) == "key_env: the environment variable \"SHOAL_TEST_SECRET\" is not set");
  CHECK(refused("") == "key_env: the environment variable \"SHOAL_TEST_SECRET\" is not set");
  for (const char* bad : {"hidden\r\nX-Other: 1", "hidden key", "hidden\x7F", "hidd\xC3\xA4n"}) {
    const std::string text = refused(bad);
    CHECK(text == "key_env: the value of \"SHOAL_TEST_SECRET\" holds characters that no key has");
  }
  CHECK(refused("sk-good").empty());
  CHECK(secret::from_environment("").empty());
}
