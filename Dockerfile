# Two stages: the SDK builds, the runtime carries. The entry point is the program itself, without a shell between:
# a shell would drop variables such as INPUT_GITHUB-TOKEN.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/TaskBot/TaskBot.csproj --configuration Release --output /app -p:UseAppHost=true

FROM mcr.microsoft.com/dotnet/aspnet:10.0
RUN apt-get update \
    && apt-get install --yes --no-install-recommends bubblewrap ca-certificates git libsqlite3-0 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /app /app
EXPOSE 8080
ENTRYPOINT ["/app/taskbot"]
CMD ["serve", "--url", "http://0.0.0.0:8080"]
