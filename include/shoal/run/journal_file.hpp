// SPDX-License-Identifier: BSL-1.0
/// @file Journal file: a journal on a disk, written by one process at a time (POSIX).
#pragma once

#if !__has_include(<sys/file.h>)
#error \
    "shoal/run/journal_file.hpp needs POSIX: give basic_journal_writer a disk of your own for this platform."
#endif

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/run/journal.hpp"
#include "shoal/run/journal_writer.hpp"

namespace shoal::run {

/// Whether a file is opened to write it, or only to see what it says.
enum class journal_access { read, write };

/// A file that models `journal_disk`. Opened to write it is created where there is none, and locked: a
/// second writer, in this process or another on this machine, is refused. Child processes do not inherit it.
class journal_file {
 public:
  /// @throws journal_error  it cannot be opened, or another writer has it.
  explicit journal_file(std::string path, journal_access access = journal_access::write)
      : journal_file() {  // whole from here on: what throws below closes the file
    path_ = std::move(path);
    open(access);
  }
  journal_file(journal_file&& other) noexcept
      : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}
  journal_file& operator=(journal_file&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(fd_, other.fd_);
    return *this;
  }
  journal_file(const journal_file&) = delete;
  journal_file& operator=(const journal_file&) = delete;
  ~journal_file() {
    if (fd_ >= 0) ::close(fd_);
  }

  const std::string& name() const { return path_; }

  template <class = when_used>
  std::string read() {
    std::string out;
    constexpr std::size_t step = std::size_t{1} << 16U;
    for (;;) {
      const std::size_t had = out.size();
      out.resize(had + step);
      const ssize_t got =
          again([&] { return ::pread(fd_, out.data() + had, step, static_cast<off_t>(had)); });
      if (got < 0) fail("cannot be read");
      out.resize(had + static_cast<std::size_t>(got));
      if (got == 0) return out;
    }
  }

  template <class = when_used>
  std::size_t write(std::uint64_t at, std::string_view bytes) {
    const ssize_t put =
        again([&] { return ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(at)); });
    if (put == 0) errno = EIO;
    if (put <= 0) fail("cannot be written");
    return static_cast<std::size_t>(put);
  }

  template <class = when_used>
  void truncate(std::uint64_t at) {
    if (again([&] { return ::ftruncate(fd_, static_cast<off_t>(at)); }) != 0) fail("cannot be shortened");
  }

  template <class = when_used>
  void sync() {
#if defined(_POSIX_SYNCHRONIZED_IO) && _POSIX_SYNCHRONIZED_IO > 0
    if (again([&] { return ::fdatasync(fd_); }) != 0) fail("cannot be synced");
#else
    if (again([&] { return ::fsync(fd_); }) != 0) fail("cannot be synced");
#endif
  }

 private:
  journal_file() = default;

  // A call that a signal interrupted is made again.
  template <class Call>
  static auto again(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR) result = call();
    return result;
  }

  template <class = when_used>
  [[noreturn]] void fail(const char* what) const {
    const int why = errno;
    throw journal_error(message("journal ", quoted(path_), " ", what, ": ", std::strerror(why)));
  }

  template <class = when_used>
  void open(journal_access access) {
    const bool write = access == journal_access::write;
    fd_ =
        again([&] { return ::open(path_.c_str(), (write ? O_RDWR | O_CREAT : O_RDONLY) | O_CLOEXEC, 0666); });
    if (fd_ < 0) fail("cannot be opened");
    struct stat about {};
    if (::fstat(fd_, &about) != 0) fail("cannot be looked at");
    if (!S_ISREG(about.st_mode))
      throw journal_error(message("journal ", quoted(path_), " is no regular file"));
    if (!write) return;
    if (again([&] { return ::flock(fd_, LOCK_EX | LOCK_NB); }) != 0) {
      fail(errno == EWOULDBLOCK ? "is being written by another run" : "cannot be locked");
    }
    if (about.st_size == 0) sync_folder();
  }

  // A new file's name survives the machine's failure once its folder is synced. Some file systems cannot.
  template <class = when_used>
  void sync_folder() const {
    const std::size_t slash = path_.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
    const int fd = again([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (fd < 0) return;
    static_cast<void>(again([&] { return ::fsync(fd); }));
    ::close(fd);
  }

  std::string path_{};
  int fd_ = -1;
};

/// A journal writer on a file: `journal_writer(journal_file("run.journal"), job_digest(graph, models), id)`.
using journal_writer = basic_journal_writer<journal_file>;

/// What a journal says, also while it is being written.
/// @throws journal_error  it cannot be read, or is no journal.
template <class = when_used>
journal read_journal(const std::string& path) {
  journal_file file(path, journal_access::read);
  try {
    return parse_journal(file.read());
  } catch (const journal_error& e) {
    throw journal_error(message("journal ", quoted(path), ": ", e.what()));
  }
}

}  // namespace shoal::run
