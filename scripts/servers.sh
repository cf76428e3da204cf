#!/usr/bin/env bash
# Sees that the servers are there that tests start for themselves: PostgreSQL, MariaDB, and a Java for Spark.
# What is missing is installed with apt-get where that is possible, and named where it is not.
set -euo pipefail

missing=()
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
command -v mariadbd >/dev/null || [ -x /usr/sbin/mariadbd ] || missing+=(mariadb-server)
command -v java >/dev/null || missing+=(openjdk-17-jre-headless)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  echo "== set-up: servers for tests (${missing[*]})"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # the packages' own servers stay stopped: every test run starts its own, on its own ports, in its own folder
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "Tests start servers of their own, and these are missing: ${missing[*]}. On Debian or Ubuntu:"
  echo "  sudo apt-get install ${missing[*]}"
  exit 1
fi
