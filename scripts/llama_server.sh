#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Gets llama-server, a real server of real models, for the tests: nothing is installed, everything lies in one folder.
# Prints the path of a program that runs; where it cannot be had, says why on standard error and ends with 1.
#
#   scripts/llama_server.sh [FOLDER]        (default: build/llama-server)
#
# In this order: one on PATH; one that an earlier call got; Debian's package llama.cpp-tools with its libraries, C
# library included, from the suites that apt is set up with or else from a newer suite of the same mirror. apt checks
# the suite's signature by the distribution's own keyring, and the hash of each package.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "llama-server: $*" >&2; }
give_up() { say "$*"; exit 1; }

mkdir -p "${1:-build/llama-server}"
folder=$(cd "${1:-build/llama-server}" && pwd)
program=$folder/llama-server
runs() { "$1" --version >/dev/null 2>&1; }

if found=$(command -v llama-server) && runs "$found"; then
  echo "$found"
  exit 0
fi
if [ -x "$program" ] && runs "$program"; then
  echo "$program"
  exit 0
fi
for tool in apt-get apt-cache dpkg-deb; do
  command -v "$tool" >/dev/null || give_up "there is none on PATH, and without $tool none can be fetched."
done

# An apt of its own that believes that nothing is installed, so that it fetches every library.
apt=$folder/apt
rm -rf "$apt" "$folder/root"
mkdir -p "$apt"/{lists,archives}/partial "$folder/root"
: >"$apt/status"
cat >"$apt/apt.conf" <<CONF
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt";
Dir::Cache::archives "$apt/archives";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
CONF
log=$folder/apt.log
: >"$log"
private_apt() { APT_CONFIG=$apt/apt.conf "$@" >>"$log" 2>&1; }
# A mirror that stands still for a while has lists that are older than they say that they may be. They are signed all the
# same; what could be missed is a newer package, which tests can do without.
update() {
  private_apt apt-get update && return
  grep -q ' is expired ' "$log" || return
  say "the mirror's lists are out of date; they are signed, and taken all the same."
  private_apt apt-get -o Acquire::Check-Valid-Until=false update
}
has_package() { [ -n "$(APT_CONFIG=$apt/apt.conf apt-cache show llama.cpp-tools 2>>"$log")" ]; }

# The suites that apt is set up with, Debian's and Ubuntu's own alone.
own=$(apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)|$(CODENAME)|$(COMPONENT)' 'Identifier: Packages' 2>>"$log" |
  grep -E '^(Debian|Ubuntu)\|' | sort -u || true)
[ -n "$own" ] || give_up "apt knows no Debian or Ubuntu mirror (has apt-get update run?)."

write_sources() {  # stdin: lines of $own
  local origin uri suite component ring
  : >"$apt/sources.list"
  while IFS='|' read -r origin uri suite component; do
    for ring in "/usr/share/keyrings/${origin,,}-archive-keyring".{pgp,gpg} ""; do
      if [ -z "$ring" ] || [ -r "$ring" ]; then break; fi
    done
    echo "deb ${ring:+[signed-by=$ring] }$uri $suite $component" >>"$apt/sources.list"
  done
  printf 'Dir::Etc::sourcelist "%s";\nDir::Etc::sourceparts "/dev/null";\n' "$apt/sources.list" >>"$apt/apt.conf"
}

taken=
write_sources <<<"$own"
if update && has_package; then
  taken="its own suite"
else
  # The first mirror's newer suites: signed by keys that Debian's keyring has known since its last stable release.
  mirror=$(grep '^Debian|' <<<"$own" | grep -v -- '-security' | head -n 1)
  [ -n "$mirror" ] || give_up "this distribution has no package llama.cpp-tools."
  for suite in testing unstable; do
    rm -rf "$apt"/lists/* && mkdir -p "$apt/lists/partial"
    awk -F'|' -v OFS='|' -v suite=$suite '{$3 = suite; print}' <<<"$mirror" | write_sources
    if update && has_package; then
      taken="Debian's suite $suite"
      break
    fi
  done
fi
[ -n "$taken" ] || give_up "no suite of the mirror has llama.cpp-tools, or it cannot be reached; see $log"
private_apt apt-get install --yes --download-only llama.cpp-tools ||
  give_up "its packages cannot be fetched; see $log"

for package in "$apt"/archives/*.deb; do dpkg-deb -x "$package" "$folder/root"; done
loader=$(find "$folder/root" -name 'ld-linux*.so*' | head -n 1)
[ -n "$loader" ] || give_up "the C library has no loader in $folder/root."
libraries=$(dirname "$loader")
for known in "$folder"/root/usr/lib/*-linux-gnu; do libraries=$known; done
# The plainest processor code: figures are the same on every machine.
plain=$(find "$libraries/ggml" -name 'libggml-cpu-x64.so' -o -name 'libggml-cpu-armv8.0_1.so' -o -name 'libggml-cpu.so' | head -n 1)
[ -n "$plain" ] || give_up "the package has no processor code that is known here; see $libraries/ggml."
cat >"$program" <<RUN
#!/bin/sh
export GGML_BACKEND_PATH="$plain"
exec "$loader" --library-path "$libraries:$libraries/llama:$(dirname "$plain")" "$folder/root/usr/bin/llama-server" "\$@"
RUN
chmod +x "$program"
rm -rf "$apt" "$folder/root/usr/share"
runs "$program" || give_up "the fetched program does not run: $("$program" --version 2>&1 | head -n 1)"
say "$("$program" --version 2>&1 | head -n 1), from $taken, in $folder ($(du -sh "$folder/root" | cut -f 1))"
echo "$program"
