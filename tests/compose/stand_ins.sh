#!/usr/bin/env bash
# Makes stand-ins for the base images of docker-compose.yml, for a machine that reaches Debian's
# archive but no image registry. Each is Debian bookworm with the same program, tagged with the
# name that the compose file uses, so that the file itself is tested unchanged.
#
#   sudo tests/compose/stand_ins.sh [work-folder]
#
# Needs debootstrap and podman. A stand-in proves the wiring; it is never an image to deploy.
set -euo pipefail

work="${1:-$(mktemp -d)}"
mirror="${DEBIAN_MIRROR:-http://deb.debian.org/debian}"
project="$(cd "$(dirname "$0")/../.." && pwd)"

image_of() {  # the full image name that Dockerfile or docker-compose.yml pins for a program
  grep -hoE "docker\.io/[a-z/]+/$1:[A-Za-z0-9._-]+" "$project/Dockerfile" \
    "$project/docker-compose.yml" | head -n 1
}

root_of() {  # root_of NAME PACKAGES: a minimal Debian with these packages
  local root="$work/$1"
  [ -e "$root/.complete" ] || {
    rm -rf "$root"
    nice -n 10 debootstrap --variant=minbase --include="ca-certificates,$2" bookworm "$root" "$mirror"
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
    touch "$root/.complete"
  } >&2
  echo "$root"
}

import_image() {  # import_image ROOT NAME CHANGE…
  local root="$1" name="$2"; shift 2
  local changes=()
  for change in "$@"; do changes+=(--change "$change"); done
  tar -C "$root" --numeric-owner -c . | podman import -q "${changes[@]}" - "$name"
}

python_root="$(root_of python python3,python3-venv,python3-pip)"
ln -sf /usr/bin/python3 "$python_root/usr/local/bin/python"
ln -sf /usr/bin/python3 "$python_root/usr/local/bin/python3"
import_image "$python_root" "$(image_of python)" 'CMD ["python3"]' \
  'ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin'

postgres_root="$(root_of postgres postgresql-15)"
install -m 0755 "$project/tests/compose/stand_in_postgres.sh" \
  "$postgres_root/usr/local/bin/docker-entrypoint.sh"
import_image "$postgres_root" "$(image_of postgres)" \
  'ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["postgres"]' 'EXPOSE 5432' \
  'ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
  'ENV PGDATA=/var/lib/postgresql/data' 'ENV LANG=C.UTF-8'

nginx_root="$(root_of nginx nginx-light,curl)"
import_image "$nginx_root" "$(image_of nginx)" \
  'CMD ["nginx", "-g", "daemon off;"]' 'EXPOSE 80' 'STOPSIGNAL SIGQUIT' \
  'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

podman images
