#!/bin/sh
# Readies a SPIRE host: the database's password, and the configuration with the one issuer of config/oidc.conf in it.
#
#   prepare.sh CONFIGURATION PREPARED
#
# Runs before every start (docker-compose.yml). The password is made once, from the kernel's random numbers, and only
# ever stands in files that one service reads each. It deliberately starts nothing and talks to nobody.
set -eu
configuration=$1
prepared=$2
umask 077

POSTGRES_USER_ID=70 # of the postgres:*-alpine images
SPIRE_USER_ID=1000  # of SPIRE's images

fail() {
    echo "error: $1" >&2
    exit 1
}

# own USER FILE: hands a file to a service's user. Without root (a rehearsal outside Docker) there is nobody to give to.
own() {
    if [ "$(id -u)" = 0 ]; then chown "$1:$1" "$2"; fi
}

oidc="$configuration/oidc.conf"
server="$configuration/server.conf"
for file in "$oidc" "$server"; do
    [ -r "$file" ] || fail "spire/config/${file##*/} is missing: restore it with \`git checkout spire/config\`"
done

lines=$(grep -cE '^[[:space:]]*issuer[[:space:]]*=' "$oidc" || true)
[ "$lines" = 1 ] || fail "spire/config/oidc.conf has $lines lines \`issuer = \"http://...\"\`; it needs exactly one"
issuer=$(sed -nE 's/^[[:space:]]*issuer[[:space:]]*=[[:space:]]*"([^"]*)"[[:space:]]*$/\1/p' "$oidc")
printf '%s\n' "$issuer" | grep -qE '^https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[1-9][0-9]{0,4})?$' || fail \
    "the issuer in spire/config/oidc.conf is \"$issuer\": write the address at which verifiers reach this host, such as \
http://10.0.0.5, without a path and without a slash at its end"
host=${issuer#*://}
host=${host%:*}

if grep -qE '^[[:space:]]*(jwt_issuer|jwks_uri|domains)[[:space:]]*=' "$oidc" "$server"; then
    fail "jwt_issuer, jwks_uri and domains come from the issuer in spire/config/oidc.conf: remove them from spire/config"
fi
grep -qE '^server[[:space:]]*\{[[:space:]]*$' "$server" || fail "spire/config/server.conf has no line \`server {\`"

# place FILE USER: standard input becomes the file, whole or not at all.
place() {
    cat >"$1.new"
    own "$2" "$1.new"
    mv "$1.new" "$1"
}

sed -E "s|^[[:space:]]*issuer[[:space:]]*=.*|jwt_issuer = \"$issuer\"\\
jwks_uri = \"$issuer/keys\"\\
domains = [\"$host\", \"127.0.0.1\", \"localhost\"]|" "$oidc" | place "$prepared/provider/oidc.conf" $SPIRE_USER_ID

sed -E "s|^server[[:space:]]*\{[[:space:]]*$|server {\\
  jwt_issuer = \"$issuer\"|" "$server" | place "$prepared/server/server.conf" $SPIRE_USER_ID

if [ ! -s "$prepared/postgres/password" ]; then
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n' | place "$prepared/postgres/password" $POSTGRES_USER_ID
fi
printf 'postgres:5432:spire:spire:%s\n' "$(cat "$prepared/postgres/password")" |
    place "$prepared/server/pgpass" $SPIRE_USER_ID

own $POSTGRES_USER_ID "$prepared/postgres"
for folder in server provider data socket; do
    own $SPIRE_USER_ID "$prepared/$folder"
done
echo "issuer: $issuer"
