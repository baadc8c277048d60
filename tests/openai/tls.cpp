// SPDX-License-Identifier: BSL-1.0
/// @file TLS: whoever is not whom we asked for gets no request, and no key.
#include <cstdlib>
#include <future>
#include <string>
#include <variant>

#include "shoal/openai/engine.hpp"
#include "support.hpp"
#include "tls_server.hpp"

using namespace shoal;
using namespace shoal::test;
using openai::cause;

namespace {

const std::string reply_bytes =
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: " +
    std::to_string(good_body.size()) + "\r\n\r\n" + good_body;

// What becomes of a question, asked without waiting.
openai::result<openai::completion> asked_of(const openai::server& where) {
  const openai::engine engine;
  const openai::async_client client(engine, where);
  std::promise<openai::result<openai::completion>> come;
  client.ask(question(), [&](openai::result<openai::completion> r) { come.set_value(std::move(r)); });
  return come.get_future().get();
}

}  // namespace

TEST_CASE("a server behind TLS answers those who trust its certificate", "[openai]") {
  const certificate own("DNS:localhost,IP:127.0.0.1");
  const tls_server server(own, reply_bytes);
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const openai::server where{.url = server.url(host), .ca_file = own.file()};
    CHECK(openai::client(where).ask(question()).text == "yes");
    const auto r = asked_of(where);
    REQUIRE(std::holds_alternative<openai::completion>(r));
    CHECK(std::get<openai::completion>(r).text == "yes");
  }
  CHECK(server.read() == 4);
}

TEST_CASE("a server that is not trusted gets no request and no key", "[openai]") {
  ::setenv("SHOAL_TLS_KEY", "sk-tls-0123456789abcdef", 1);
  const certificate own("DNS:elsewhere.example");
  const certificate other("DNS:localhost,IP:127.0.0.1");
  const tls_server server(own, reply_bytes);
  const openai::server cases[] = {
      {.key_env = "SHOAL_TLS_KEY"},                             // the system's authorities do not know it
      {.key_env = "SHOAL_TLS_KEY", .ca_file = other.file()},    // somebody else is trusted
      {.key_env = "SHOAL_TLS_KEY", .ca_file = own.file()},      // trusted, but of another name
      {.key_env = "SHOAL_TLS_KEY", .ca_file = "/no/such.pem"},  // nobody can be trusted
  };
  for (const char* host : {"localhost", "127.0.0.1"}) {
    for (const openai::server& where : cases) {
      const openai::failure f = failure_at(server.url(host), question(), where);
      INFO(f.what());
      CHECK(f.why == cause::tls);
      CHECK(f.kind == infer::failure_kind::refused);
      CHECK_FALSE(f.retryable);
      CHECK(std::string(f.what()).find("sk-tls") == std::string::npos);
      openai::server same = where;
      same.url = server.url(host);
      const auto r = asked_of(same);
      REQUIRE(std::holds_alternative<openai::failure>(r));
      CHECK(std::get<openai::failure>(r).why == cause::tls);
    }
  }
  CHECK(server.read() == 0);
}
