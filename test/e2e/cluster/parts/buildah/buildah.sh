#!/bin/sh
# The unpacked buildah, as if the machine had no container tools: it reads no settings of theirs, all it writes is in TMPDIR.
set -eu
packages=$(dirname "$0")/../root
scratch=${TMPDIR:?}
settings=$scratch/home/.config/containers
mkdir -p "$settings" "$scratch/run"
# buildah wants to be told whose images it trusts; it gets its own only.
echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$settings/policy.json"
printf '[storage]\ndriver = "vfs"\n' >"$settings/storage.conf"
# With a user's id it keeps its caches in HOME, with root's in /var/lib.
exec env -i \
  PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  LD_LIBRARY_PATH="$packages/usr/lib/x86_64-linux-gnu:$packages/lib/x86_64-linux-gnu" \
  HOME="$scratch/home" \
  TMPDIR="$scratch" \
  XDG_RUNTIME_DIR="$scratch/run" \
  CONTAINERS_CONF=/dev/null \
  CONTAINERS_REGISTRIES_CONF=/dev/null \
  CONTAINERS_STORAGE_CONF="$settings/storage.conf" \
  _CONTAINERS_ROOTLESS_UID=1 \
  "$packages/usr/bin/buildah" --root "$scratch/images" --runroot "$scratch/run/images" "$@"
