#!/usr/bin/env bash
# Starts Airflow over ASN_HOME (default var/) on localhost and keeps it in the foreground:
# api-server, scheduler, dag-processor and triggerer, each in this script's process group.
# Ctrl-C, or a signal to this script, ends all of them; so does the end of any one of them.
set -euo pipefail
cd "$(dirname "$0")/.."

python="${PYTHON:-.venv/bin/python}"
port="${AIRFLOW_PORT:-8080}"
eval "$("$python" scripts/airflow_env.py "${ASN_HOME:-var}")"
export AIRFLOW__API__HOST=127.0.0.1
export AIRFLOW__API__PORT="$port"
export AIRFLOW__API__BASE_URL="http://localhost:$port"
export AIRFLOW__CORE__EXECUTION_API_SERVER_URL="http://localhost:$port/execution/"
export AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION=False
export AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS=admin:admin
passwords="$AIRFLOW_HOME/passwords.json"
export AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE="$passwords"
logs="$AIRFLOW_HOME/logs/services"
mkdir -p "$logs"
chmod 0700 "$AIRFLOW_HOME"
[ -s "$passwords" ] || (umask 077; "$python" -c \
  'import json, secrets; print(json.dumps({"admin": secrets.token_urlsafe(12)}))' > "$passwords")

if "$python" -c "import socket, sys; s = socket.socket(); s.settimeout(1); \
sys.exit(0 if s.connect_ex(('127.0.0.1', $port)) == 0 else 1)"; then
  echo "Port $port is in use. Choose another: AIRFLOW_PORT=8090 make up" >&2
  exit 2
fi

pids=()
stop() {
  trap - EXIT INT TERM
  for pid in "${pids[@]}"; do kill -TERM -- "-$pid" 2> /dev/null || true; done
  for _ in $(seq 20); do
    alive=0
    for pid in "${pids[@]}"; do kill -0 -- "-$pid" 2> /dev/null && alive=1; done
    [ "$alive" = 0 ] && return
    sleep 0.5
  done
  for pid in "${pids[@]}"; do kill -KILL -- "-$pid" 2> /dev/null || true; done
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

airflow db migrate > "$logs/migrate.log" 2>&1
start() {
  setsid airflow "$@" > "$logs/$1.log" 2>&1 &
  pids+=($!)
}
# Task logs are read from the folder, so nothing but the API server listens.
start api-server
start scheduler --skip-serve-logs
start dag-processor
start triggerer --skip-serve-logs

ASN_HEALTH_URL="http://localhost:$port/api/v2/monitor/health"
export ASN_HEALTH_URL
for service in api-server scheduler dag-processor triggerer; do
  for try in $(seq 120); do
    "$python" docker/health.py "$service" && break
    [ "$try" = 120 ] && { echo "$service did not start: see $logs/$service.log" >&2; exit 1; }
    for pid in "${pids[@]}"; do
      kill -0 "$pid" 2> /dev/null || { echo "Airflow ended: see $logs" >&2; exit 1; }
    done
    sleep 1
  done
done

echo "Airflow:   http://localhost:$port"
echo "Login:     admin, password in $passwords"
echo "Logs:      $logs"
echo "Stop with Ctrl-C."
wait -n "${pids[@]}" || true
echo "An Airflow process ended: see $logs" >&2
exit 1
