FROM python:3.12-slim AS build
WORKDIR /src
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . && cp constraints.txt /wheels/

FROM python:3.12-slim
# Static pictures draw Chinese names with this font.
RUN apt-get update \
 && apt-get install -y --no-install-recommends fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir -c /wheels/constraints.txt /wheels/*.whl \
 && useradd --uid 10001 --home-dir /data --create-home parkgraph

ENV PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    PARKGRAPH_STORE=embedded:/data/parkgraph.kgl
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health', timeout=4)"]
# On an address beyond loopback it starts only with PARKGRAPH_API_KEY or PARKGRAPH_KEYS set.
CMD ["parkgraph", "serve", "--host", "0.0.0.0", "--port", "8000"]
