#!/bin/sh
# Makes a machine able to run the platform: what is missing is installed, what is there is left
# alone, and a second run takes a moment. Needs nothing but sh, apt and the base system.
#   sh deploy/native/bootstrap.sh [FURTHER PACKAGES…]
set -eu
umask 022
cd "$(dirname "$0")/../.."
root=$(pwd -P)
uv_version=0.13.9
packages="postgresql postgresql-contrib rabbitmq-server redis-server nginx-light libnginx-mod-http-js
 libnginx-mod-rtmp ffmpeg libmagic1 fonts-noto-core"
servers="postgresql rabbitmq-server redis-server nginx"

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

. /etc/os-release
# Only tests need a browser, and Ubuntu has it as a snap alone: there they do without.
for package in "$@"; do
  case "$ID $package" in 'ubuntu chromium') ;; *) packages="$packages $package" ;; esac
done

# ---------------------------------------------------------------- where the stack lives
# Servers that drop to their own users must be able to enter the folders above theirs.
everybody_enters() {
  folder=$1
  while [ "$folder" != / ]; do
    case $(stat -c %A "$folder") in
      d????????[xt]) ;;
      *) return 1 ;;
    esac
    folder=$(dirname "$folder")
  done
}
if [ "$(id -u)" = 0 ] && [ ! -e .stack ] && ! everybody_enters "$root"; then
  home=/var/lib/docfliq-$(printf %s "$root" | sha256sum | cut -c1-12)
  mkdir -p "$home"
  ln -sfn "$home" .stack
  say "$root is closed to the servers' users: .stack is a link to $home"
fi
mkdir -p .stack
# One at a time; the lock goes with this process.
exec 9>.stack/bootstrap.lock
flock 9

# ---------------------------------------------------------------- the system's packages
installed() {
  case $1 in libmagic1) set -- 'libmagic1*' ;; esac # Ubuntu 24.04: libmagic1t64
  dpkg-query --show --showformat '${db:Status-Status}\n' "$1" 2>&1 | grep -qx installed
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >&2; }

find_python() {
  for python in python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
    if command -v "$python" >/dev/null && new_enough "$python"; then
      command -v "$python"
      return
    fi
  done
  fail "Python 3.11 or newer is needed; none was found."
}

missing=
for package in $packages; do
  installed "$package" || missing="$missing $package"
done
python=$(find_python)
if [ ! -x .stack/venv/bin/python ] && ! "$python" -c 'import ensurepip, venv' 2>.stack/bootstrap.err; then
  missing="$missing python3-venv"
fi

policy=/usr/sbin/policy-rc.d
clusters=/etc/postgresql-common/createcluster.d/docfliq.conf
leave_no_trace() {
  $sudo rm -f "$policy" "$clusters"
  if [ -e "$policy.docfliq" ]; then $sudo mv "$policy.docfliq" "$policy"; fi
}

install() {
  if [ "$(id -u)" = 0 ]; then
    sudo=
  elif command -v sudo >/dev/null && sudo -n true 2>.stack/bootstrap.err; then
    sudo=sudo
  else
    say "These packages are missing, and installing them needs root. Run this, then try again:"
    say "  sudo apt-get update && sudo apt-get install --no-install-recommends$missing"
    exit 1
  fi
  say "installing:$missing"
  newly_served=
  for server in $servers; do
    installed "$server" || newly_served="$newly_served $server"
  done
  # apt starts the servers that it installs, on ports that are not ours: for the time of the
  # installation it may start none, and PostgreSQL makes no cluster of its own.
  if [ -e "$policy" ] && [ ! -e "$policy.docfliq" ]; then $sudo mv "$policy" "$policy.docfliq"; fi
  trap leave_no_trace EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
  $sudo chmod 755 "$policy"
  $sudo mkdir -p "$(dirname "$clusters")"
  printf 'create_main_cluster = false\n' | $sudo tee "$clusters" >/dev/null

  $sudo apt-get update -q >&2
  # shellcheck disable=SC2086 # a list of names
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    -o DPkg::Lock::Timeout=120 $missing >&2
  if command -v systemctl >/dev/null; then
    # Nor at the next boot: they are ours to start.
    for server in $newly_served; do
      case $server in rabbitmq-server) set -- rabbitmq-server epmd.service epmd.socket ;; *) set -- "$server" ;; esac
      $sudo systemctl disable "$@" >&2
    done
  fi
  leave_no_trace
  trap - EXIT INT TERM HUP
}
if [ -n "$missing" ]; then install; fi

# ---------------------------------------------------------------- Python's packages
wanted=$(cat uv.lock pyproject.toml ./*/pyproject.toml | sha256sum)
if [ -x .stack/venv/bin/python ] && [ -e .stack/venv/locked ] \
  && [ "$(cat .stack/venv/locked)" = "$wanted" ]; then
  exit 0
fi
if [ ! -x .stack/uv/bin/uv ] || ! .stack/uv/bin/uv --version | grep -qF " $uv_version "; then
  say "installing uv $uv_version"
  "$python" -m venv --clear .stack/uv
  .stack/uv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$uv_version"
fi
say "installing the Python packages of uv.lock"
# An environment that works keeps its interpreter.
if [ ! -x .stack/venv/bin/python ]; then export UV_PYTHON="$python"; fi
UV_PROJECT_ENVIRONMENT=.stack/venv UV_PYTHON_DOWNLOADS=never \
  .stack/uv/bin/uv sync --frozen --all-packages --all-groups --all-extras >&2
printf '%s\n' "$wanted" >.stack/venv/locked
