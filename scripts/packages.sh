# SPDX-License-Identifier: BSL-1.0
# What shoal's scripts need from a fresh Debian (12 or newer) or Ubuntu (24.04 or newer), and how they get it.
# This is the only list of packages. Sourced, not run.

demo_packages=(g++ cmake ninja-build libeigen3-dev libglpk-dev)
server_packages=(nlohmann-json3-dev libcurl4-openssl-dev python3)  # models behind servers, and a model for one
test_packages=("${demo_packages[@]}" "${server_packages[@]}" libssl-dev libyaml-cpp-dev libasio-dev libcli11-dev git catch2 clang doxygen scram)

# need PACKAGE...: installs the ones that are missing and says which.
need() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    echo "Packages: nothing to install."
    return
  fi
  echo "Packages to install: ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "Neither root nor sudo: run 'apt-get install ${missing[*]}' as root, then try again." >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# The run-time library of clang's sanitizers is a package of its own, named after clang's version.
need_clang_sanitizers() {
  local version
  version=$(clang++ -dumpversion)
  need "libclang-rt-${version%%.*}-dev"
}
