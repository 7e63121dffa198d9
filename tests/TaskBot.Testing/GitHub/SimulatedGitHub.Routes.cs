using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace TaskBot.Testing.GitHub;

/// <content>What each request does and is answered with.</content>
public sealed partial class SimulatedGitHub
{
    const string Repository = "/repos/acme/demo";
    const int DeliveriesPerPage = 30;

    delegate SimulatedAnswer Endpoint(Request request);

    List<(string Method, Regex Path, string Operation, Endpoint Endpoint)>? _routes;

    /// <summary>Answers one request.</summary>
    /// <param name="target">Path and query.</param>
    /// <param name="token">The bearer token, if there was one.</param>
    public SimulatedAnswer Answer(string method, string target, string? body, string? token)
    {
        lock (_lock)
        {
            var split = target.Split('?', 2);
            var path = Uri.UnescapeDataString(split[0]);
            var query = split.Length < 2 ? [] : split[1].Split('&').Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]), StringComparer.Ordinal);
            foreach (var route in _routes ??= Routes())
            {
                if (route.Method != method || route.Path.Match(path) is not { Success: true } match) continue;
                var caller = token is null ? "" : token.StartsWith("eyJ", StringComparison.Ordinal) ? "app" : _tokens.GetValueOrDefault(token);
                if (caller is null) return Problem(401, "Bad credentials");
                if (token == JobToken && method != "GET" && !IsQuery(path, body))
                {
                    // Nothing that is tested here has a reason to try.
                    _unanswered.Add($"{method} {path} by a job that may only read");
                    return Problem(403, "Resource not accessible by integration");
                }

                var answer = route.Endpoint(new Request(match, query, body is { Length: > 0 } ? JsonNode.Parse(body)!.AsObject() : [], caller));
                return answer is { Status: >= 200 and < 300, Body: { } own } ? answer with { Body = examples.Answer(route.Operation, own) } : answer;
            }

            _unanswered.Add($"{method} {path}");
            return Problem(404, "Not Found");
        }
    }

    static bool IsQuery(string path, string? body) => path == "/graphql" && body?.Contains("mutation", StringComparison.Ordinal) == false;

    sealed record Request(Match Path, Dictionary<string, string> Query, JsonObject Body, string Caller)
    {
        public int Number => int.Parse(Path.Groups["n"].Value, CultureInfo.InvariantCulture);

        public long Id => long.Parse(Path.Groups["id"].Value, CultureInfo.InvariantCulture);

        public string Name => Path.Groups["name"].Value;

        public string Text(string member) => (string?)Body[member] ?? "";
    }

    static SimulatedAnswer Ok(JsonNode body, int status = 200) => new(status, body);

    static SimulatedAnswer Problem(int status, string message) => new(status, new JsonObject { ["message"] = message, ["documentation_url"] = "https://docs.github.com/rest", ["status"] = status.ToString(CultureInfo.InvariantCulture) });

    static SimulatedAnswer NotFound => Problem(404, "Not Found");

    List<(string, Regex, string, Endpoint)> Routes()
    {
        var routes = new List<(string, Regex, string, Endpoint)>();
        AddAppRoutes(Add);
        Add("GET", "/repos/acme/\\.github/installation", "apps/get-repo-installation", _ => NotFound);
        Add("GET", "/repos/acme/\\.github/contents/(?<name>.+)", "repos/get-content", request =>
            OrganisationProject is { } text && request.Name == ".github/taskbot/project.yml" ? Ok(ContentOf(request.Name, Encoding.UTF8.GetBytes(text))) : NotFound);
        AddRepositoryRoutes((method, path, operation, endpoint) => Add(method, Repository + path, operation, endpoint));
        AddObjectRoutes((method, path, operation, endpoint) => Add(method, Repository + path, operation, endpoint));
        AddIssueRoutes((method, path, operation, endpoint) => Add(method, Repository + path, operation, endpoint));
        AddPullRoutes((method, path, operation, endpoint) => Add(method, Repository + path, operation, endpoint));
        AddCheckRoutes((method, path, operation, endpoint) => Add(method, Repository + path, operation, endpoint));
        AddActionsRoutes((method, path, operation, endpoint) => Add(method, Repository + path, operation, endpoint));
        Add("POST", "/graphql", "graphql", GraphQL);
        return routes;

        void Add(string method, string path, string operation, Endpoint endpoint) => routes.Add((method, new Regex($"^{path}$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)), operation, endpoint));
    }
}
