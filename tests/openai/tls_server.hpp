// SPDX-License-Identifier: BSL-1.0
/// @file A server behind TLS with a certificate that it signs itself: for tests.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace shoal::test {

/// A key and a certificate that says that it is good for some names, and for signing itself.
class certificate {
 public:
  /// @param names  "DNS:localhost", "IP:127.0.0.1"; with commas between.
  explicit certificate(const std::string& names) : key_(EVP_EC_gen("P-256")), made_(X509_new()) {
    std::string folder = (std::filesystem::temp_directory_path() / "shoal-tls-XXXXXX").string();
    if (!key_ || !made_ || ::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no certificate");
    file_ = folder + "/ca.pem";
    X509* const x = made_.get();
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key_.get());
    X509_NAME* const name = X509_get_subject_name(x);
    const std::string_view called = "shoal's test";
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(called.data()),
                               static_cast<int>(called.size()), -1, 0);
    X509_set_issuer_name(x, name);
    extend(NID_basic_constraints, "critical,CA:TRUE");
    extend(NID_subject_alt_name, names);
    std::FILE* const out = std::fopen(file_.c_str(), "w");
    if (X509_sign(x, key_.get(), EVP_sha256()) == 0 || out == nullptr || PEM_write_X509(out, x) != 1) {
      throw std::runtime_error("no certificate");
    }
    std::fclose(out);
  }
  certificate(const certificate&) = delete;
  certificate& operator=(const certificate&) = delete;
  ~certificate() { std::filesystem::remove_all(std::filesystem::path(file_).parent_path()); }

  /// Where it lies, for those who are to trust it.
  const std::string& file() const { return file_; }

  void give_to(SSL_CTX* context) const {
    SSL_CTX_use_certificate(context, made_.get());
    SSL_CTX_use_PrivateKey(context, key_.get());
  }

 private:
  struct freed {
    void operator()(EVP_PKEY* k) const { EVP_PKEY_free(k); }
    void operator()(X509* x) const { X509_free(x); }
  };

  void extend(int what, const std::string& value) {
    X509_EXTENSION* const e = X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str());
    if (e == nullptr) throw std::runtime_error("no certificate with " + value);
    X509_add_ext(made_.get(), e, -1);
    X509_EXTENSION_free(e);
  }

  std::unique_ptr<EVP_PKEY, freed> key_;
  std::unique_ptr<X509, freed> made_;
  std::string file_{};
};

/// Answers each connection's one request with the same bytes, one connection after the other, on a free port.
class tls_server {
 public:
  tls_server(const certificate& own, std::string answer)
      : answer_(std::move(answer)), context_(SSL_CTX_new(TLS_server_method())) {
    ::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to those who have left
    own.give_to(context_);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
      throw std::runtime_error("no port for the test's server");
    }
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  tls_server(const tls_server&) = delete;
  tls_server& operator=(const tls_server&) = delete;
  ~tls_server() {
    ending_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    SSL_CTX_free(context_);
  }

  std::string url(const std::string& host) const { return "https://" + host + ":" + std::to_string(port_); }
  /// Requests that it could read: those whose sender trusted it.
  std::size_t read() const { return read_; }

 private:
  void serve() {
    while (!ending_) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      SSL* const over = SSL_new(context_);
      SSL_set_fd(over, fd);
      std::string request;
      if (SSL_accept(over) == 1) {
        char block[4096];
        for (int got = 0; !whole(request) && (got = SSL_read(over, block, sizeof block)) > 0;)
          request.append(block, static_cast<std::size_t>(got));
      }
      if (whole(request)) {
        ++read_;
        SSL_write(over, answer_.data(), static_cast<int>(answer_.size()));
        SSL_shutdown(over);
      }
      SSL_free(over);
      ::close(fd);
    }
  }

  // The body of a request ends with the brace of its JSON, alone behind the blank line.
  static bool whole(const std::string& request) {
    return request.find("\r\n\r\n{") != std::string::npos && request.back() == '}';
  }

  std::string answer_;
  SSL_CTX* context_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> ending_{false};
  std::atomic<std::size_t> read_{0};
  std::thread thread_{};
};

}  // namespace shoal::test
