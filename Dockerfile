# The application, ready to serve on port 5006. Build: docker build -t dl-workshop . Run: docker run -p 5006:5006 dl-workshop
FROM python:3.13-slim

RUN useradd --create-home learner
WORKDIR /home/learner/app
COPY pyproject.toml README.md LICENSE constraints.txt ./
COPY dl_workshop dl_workshop
COPY app app
RUN pip install --no-cache-dir --constraint constraints.txt .

USER learner
# Makes the files that it serves once, now: a container is ready in a second. Its cache is all that is kept of this.
RUN dl-workshop export /tmp/site && rm -r /tmp/site
EXPOSE 5006
HEALTHCHECK --start-period=60s --interval=30s --timeout=5s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://localhost:5006/healthz', timeout=4)"]
CMD ["dl-workshop", "serve", "--address", "0.0.0.0", "--port", "5006"]
