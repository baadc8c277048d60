#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# A runner in plain POSIX shell: it judges a text by the first telling word in it. Cheap, and often wrong: "not good" is
# good to it. It reads one request as JSON on standard input and writes one answer as JSON on standard output.
input=$(sed -n 's/.*"input":"\(\([^"\\]\|\\.\)*\)".*/\1/p' | tr 'A-Z' 'a-z')
word=$(printf '%s\n' "$input" | tr -cs 'a-z' '\n' | grep -m 1 -xE \
  'good|great|love|loved|best|excellent|happy|perfect|works|bad|poor|worst|broke|broken|returned|waste|useless|wrong')
case $word in
  '') echo '{"abstains": true}' ;;
  good | great | love | loved | best | excellent | happy | perfect | works) echo '{"value": "positive", "confidence": 0.7}' ;;
  *) echo '{"value": "negative", "confidence": 0.7}' ;;
esac
