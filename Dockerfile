# Two stages: the SDK builds, the runtime carries. The entry point is the program itself, without a shell between:
# a shell would drop variables such as INPUT_GITHUB-TOKEN.
#
# The image has no toolchain. One that has, for a job that runs your tests in the image, is a Dockerfile of your own that begins with this one:
#
#   FROM ghcr.io/YOUR-ORGANISATION/taskbot:0.1
#   RUN apt-get update && apt-get install --yes --no-install-recommends python3-pytest && rm -rf /var/lib/apt/lists/*
#
# Entry point, command and health check are inherited. Secrets belong into the environment of the container (a workflow's env, docker run --env-file), never into
# a RUN, ARG, ENV or COPY: layers are read by whoever has the image.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/TaskBot/TaskBot.csproj --configuration Release --output /app -p:ForThisMachine=true -p:RestoreLockedMode=true

FROM mcr.microsoft.com/dotnet/aspnet:10.0
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends bubblewrap ca-certificates git libsqlite3-0 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /app /app
EXPOSE 8080
# Of serve; in a container that was started for a job it has nothing to ask and says that all is well. Whoever serves elsewhere says where: health --url.
HEALTHCHECK --interval=60s --timeout=10s --start-period=30s --retries=3 CMD ["/app/taskbot", "health"]
ENTRYPOINT ["/app/taskbot"]
CMD ["serve", "--url", "http://0.0.0.0:8080"]
