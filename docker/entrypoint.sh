#!/bin/sh
# Runs any command of the image. `airflow` services wait until the metadata database is migrated;
# `migrate` does that migration and writes the login of the first user from the environment.
set -eu
umask 022
mkdir -p "$AIRFLOW_HOME"

case "${1:-}" in
  migrate)
    # The server may still be starting: try until it answers.
    until airflow db check > /dev/null 2>&1; do sleep 2; done
    airflow db migrate
    umask 077
    exec python - <<'PYTHON'
import json, os, pathlib
path = pathlib.Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
path.write_text(json.dumps({"admin": os.environ["ASN_ADMIN_PASSWORD"]}))
path.chmod(0o600)
PYTHON
    ;;
  api-server | scheduler | dag-processor | triggerer)
    airflow db check-migrations --migration-wait-timeout 300 > /dev/null
    exec airflow "$@"
    ;;
  *)
    exec "$@"
    ;;
esac
