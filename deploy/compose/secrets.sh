#!/bin/sh
# Make what compose.yaml needs in secrets/ beside it: random secrets, a certificate to try out with, and HAProxy's file
# for these gateways. What is there is kept.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
# The folder is closed to others. Files within are readable, because containers run as users of their own.
umask 022
chmod 700 secrets
made() { [ -s "secrets/$1" ] || { cat > "secrets/$1.new" && mv "secrets/$1.new" "secrets/$1"; }; }
letters() { openssl rand -hex 24; }

openssl rand -base64 32 | made master_key
letters | made index_password
letters | made blobs_key_id
letters | made blobs_secret
letters | made first_key
made store_keys.json << END
{"identities": [{"name": "entrepot", "actions": ["Admin", "Read", "List", "Tagging", "Write"],
  "credentials": [{"accessKey": "$(cat secrets/blobs_key_id)", "secretKey": "$(cat secrets/blobs_secret)"}]}]}
END
if [ ! -s secrets/certificate.pem ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost,DNS:*.localhost,IP:127.0.0.1 \
        -keyout secrets/key.new -out secrets/certificate.new 2> /dev/null
    cat secrets/certificate.new secrets/key.new | made certificate.pem
    rm secrets/certificate.new secrets/key.new
fi
# Names are asked for again after a restart of a gateway, which may give it another address.
sed -e 's/^defaults$/resolvers docker\n    nameserver engine 127.0.0.11:53\n\ndefaults/' \
    -e 's/^\( *default-server .*\)$/\1 resolvers docker init-addr last,libc,none/' \
    -e 's/^\( *server gateway\([0-9]\)\) .*$/\1 gateway\2:9400/' ../haproxy/haproxy.cfg > secrets/haproxy.cfg
echo "made $(pwd)/secrets; the first key is first-key with the secret in secrets/first_key"
