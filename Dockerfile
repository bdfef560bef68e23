# The image of every Airflow process and of the `asn` command. Both stages share one base.
FROM docker.io/library/python:3.11.14-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements.txt /opt/asn/
RUN /opt/venv/bin/pip install -q -r /opt/asn/requirements.txt
COPY pyproject.toml README.md LICENSE /opt/asn/
COPY asn_warehouse /opt/asn/asn_warehouse
RUN /opt/venv/bin/pip install -q --no-deps --editable /opt/asn \
 && /opt/venv/bin/python -m compileall -q /opt/asn/asn_warehouse

FROM docker.io/library/python:3.11.14-slim-bookworm

RUN groupadd --gid 10001 asn \
 && useradd --uid 10001 --gid asn --no-create-home --home-dir /srv/asn --shell /usr/sbin/nologin asn \
 && install -d -o asn -g asn -m 0750 /srv/asn \
 && install -d -o asn -g asn -m 0755 /srv/asn/report
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/asn /opt/asn
COPY contracts /opt/asn/contracts
COPY dbt_project /opt/asn/dbt_project
COPY expectations /opt/asn/expectations
COPY dags /opt/asn/dags
COPY docker/entrypoint.sh docker/health.py /opt/asn/docker/

ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LANG=C.UTF-8 \
    ASN_HOME=/srv/asn \
    AIRFLOW_HOME=/srv/asn/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/asn/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    AIRFLOW__CORE__EXECUTOR=LocalExecutor \
    AIRFLOW__CORE__PARALLELISM=8 \
    AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION=False \
    AIRFLOW__CORE__DEFAULT_TIMEZONE=Asia/Jakarta \
    AIRFLOW__API__EXPOSE_CONFIG=False \
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False \
    DBT_SEND_ANONYMOUS_USAGE_STATS=false \
    DO_NOT_TRACK=1

USER 10001:10001
WORKDIR /opt/asn
VOLUME ["/srv/asn"]
ENTRYPOINT ["/opt/asn/docker/entrypoint.sh"]
CMD ["asn", "--help"]
