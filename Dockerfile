# The application, ready to serve on port 5006; deploy/README.md says how to run it for a class.
# Build: docker build -t dl-workshop . (or buildah bud -t dl-workshop .)   Run: docker run --read-only -p 5006:5006 dl-workshop
ARG BASE=python:3.13-slim

FROM ${BASE} AS made
WORKDIR /source
COPY pyproject.toml README.md LICENSE constraints.txt ./
COPY dl_workshop dl_workshop
COPY app app
RUN python -m venv /opt/dl-workshop \
    && /opt/dl-workshop/bin/pip install --no-cache-dir --constraint constraints.txt .
# The files that it serves are made once, now: a container is ready in a second, and needs to write nowhere.
ENV XDG_CACHE_HOME=/opt/dl-workshop/cache
RUN /opt/dl-workshop/bin/dl-workshop export /tmp/site && chmod -R a+rX /opt/dl-workshop/cache
# What made them is not needed any more; what is left compiles the formulas that learners write.
RUN cd /opt/dl-workshop/lib/python3*/site-packages \
    && rm -rf bokeh holoviews pandas panel panel_material_ui PIL pillow.libs pip scipy scipy.libs sklearn

FROM ${BASE}
COPY --from=made /opt/dl-workshop /opt/dl-workshop
RUN useradd --system --no-create-home learner
USER learner
ENV PATH=/opt/dl-workshop/bin:$PATH \
    XDG_CACHE_HOME=/opt/dl-workshop/cache \
    PYTHONDONTWRITEBYTECODE=1 \
    DL_WORKSHOP_ADDRESS=0.0.0.0 \
    DL_WORKSHOP_PORT=5006 \
    DL_WORKSHOP_FRAME_ANCESTORS=self \
    DL_WORKSHOP_TRUSTED_PROXIES=none
EXPOSE 5006
HEALTHCHECK --start-period=10s --interval=30s --timeout=5s CMD ["python", "-c", \
    "import os, urllib.request as u; u.urlopen(f\"http://localhost:{os.environ['DL_WORKSHOP_PORT']}/healthz\", timeout=4)"]
CMD ["dl-workshop", "serve"]
