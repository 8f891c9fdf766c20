# syntax=docker/dockerfile:1
# One image for every process of the desk; docker-compose.yml says which one a container runs.

FROM node:20-slim AS page
WORKDIR /page
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
# Not `npm ci`, for the Makefile's reason.
RUN npm install --no-save --include=dev --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM python:3.12-slim AS packages
WORKDIR /build
COPY requirements-server.lock ./
# Wheels only, checked by their hashes: nothing is compiled, so no compiler is needed or left.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: \
       --require-hashes -r requirements-server.lock

FROM python:3.12-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin cfdesk
WORKDIR /srv/cfdesk
COPY --from=packages /opt/venv /opt/venv
COPY app.py alembic.ini Procfile ./
COPY domain/ domain/
COPY runtime/ runtime/
COPY models/ models/
COPY orders/ orders/
COPY accounts/ accounts/
COPY market/ market/
COPY operators/ operators/
COPY blueprints/ blueprints/
COPY workers/ workers/
COPY poller/ poller/
COPY migrations/ migrations/
COPY --from=page /page/dist/ frontend/dist/
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 WEB_HOST=0.0.0.0
USER cfdesk
EXPOSE 5000 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-m", "runtime.healthcheck"]
CMD ["env", "PROCESS=web", "gunicorn", "-c", "runtime/gunicorn_conf.py", "app:create_app()"]
