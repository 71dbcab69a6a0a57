#!/usr/bin/env bash
# Build the image from a Debian that is made here, run it, store and read through it, and look at how it ends.
#
# Needs root, buildah, debootstrap and a Debian mirror; no container engine: the image runs in a chroot, on this machine's
# network. BASE=image uses a base that is there. What is made is kept in build/image, and nothing outside of it.
set -euo pipefail
cd "$(dirname "$0")/../.."
for program in buildah debootstrap curl; do
    command -v "$program" > /dev/null || { echo "image: LEFT OUT: $program is not installed" >&2; exit "${CI:+1}"; }
done
[ "$(id -u)" = 0 ] || { echo "image: LEFT OUT: debootstrap needs root" >&2; exit "${CI:+1}"; }

work=$PWD/build/image
mkdir -p "$work"
printf '[storage]\ndriver = "vfs"\nrunroot = "%s/run"\ngraphroot = "%s/storage"\n' "$work" "$work" > "$work/storage.conf"
export CONTAINERS_STORAGE_CONF=$work/storage.conf
container=
server=
finish() {
    [ -z "$server" ] || kill "$server" 2> /dev/null || true
    [ -z "$container" ] || buildah rm "$container" > /dev/null || true
}
trap finish EXIT

if [ -z "${BASE:-}" ]; then
    BASE=localhost/entrepot-base
    if ! buildah inspect --type image "$BASE" > /dev/null 2>&1; then
        echo "image: making $BASE"
        [ -d "$work/base" ] || debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv \
            bookworm "$work/base.part" "${MIRROR:-http://deb.debian.org/debian}" > "$work/debootstrap.log"
        [ -d "$work/base" ] || mv "$work/base.part" "$work/base"
        made=$(buildah from scratch)
        buildah add --quiet "$made" "$work/base" / > /dev/null
        buildah commit --quiet --rm "$made" "$BASE" > /dev/null
    fi
fi

echo "image: building"
certificates=/etc/ssl/certs/ca-certificates.crt
buildah build --isolation chroot --format docker --build-arg "BASE=$BASE" --volume "$certificates:$certificates:ro" \
    --file deploy/container/Dockerfile --tag localhost/entrepot . > "$work/build.log" 2>&1 || { tail -20 "$work/build.log"; exit 1; }

container=$(buildah from localhost/entrepot)
inside() { buildah run --isolation chroot "$@"; }
echo "image: looking at it"
[ "$(inside "$container" -- id -u)" = 65532 ]
inside "$container" -- sh -c '! command -v pip gcc cc && ! test -w /opt/entrepot && ! test -w /etc/entrepot'
inside "$container" -- python3 -c 'import sys; sys.path.append("/opt/entrepot/lib/python3.11/site-packages"); import asyncpg, obstore, greenlet'
inside "$container" -- entrepot --version

port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
inside --env "ENTREPOT_PORT=$port" --env ENTREPOT_HOST=127.0.0.1 --env ENTREPOT_WORKERS=2 "$container" -- entrepot serve \
    > "$work/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do
    inside "$container" -- python3 /opt/entrepot/healthcheck.py readyz 2> /dev/null && break
    kill -0 "$server" 2> /dev/null || break
    sleep 0.2
done
inside "$container" -- python3 /opt/entrepot/healthcheck.py

echo "image: storing and reading"
printf 'a-secret-of-this-test-only-0123456789' > "$work/secret"
inside "$container" -- entrepot account create --appid 1250000001 > /dev/null
inside "$container" -- entrepot key create --account 1250000001 --id image-test --secret-file - < "$work/secret" > /dev/null
inside "$container" -- entrepot bucket create inside --account 1250000001 > /dev/null
head -c 3000000 /dev/urandom > "$work/body"
s3() {
    curl --silent --show-error --fail --noproxy '*' --aws-sigv4 aws:amz:us-east-1:s3 --user "image-test:$(cat "$work/secret")" \
        -H x-amz-content-sha256:UNSIGNED-PAYLOAD "$@"
}
s3 --upload-file "$work/body" "http://127.0.0.1:$port/inside/some/body"
s3 --output "$work/back" "http://127.0.0.1:$port/inside/some/body"
cmp "$work/body" "$work/back"
inside "$container" -- entrepot fsck

echo "image: ending"
# In a chroot its processes are among this machine's: ours have this port, and the first of them started the others.
main=$(for one in /proc/[0-9]*; do
    { tr '\0' '\n' < "$one/environ"; } 2> /dev/null | grep -qx "ENTREPOT_PORT=$port" || continue
    grep -qs '^Uid:.65532' "$one/status" && basename "$one"
done | sort -n | head -1)
[ -n "$main" ]
kill -TERM "$main"
wait "$server"
server=
echo "image: works"
