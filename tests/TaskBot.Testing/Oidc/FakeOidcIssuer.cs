using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TaskBot.Testing.Oidc;

/// <summary>
/// The issuer of Actions' tokens on loopback: discovery and keys as OpenID Connect says, and the service that a runner gives its jobs, which signs what a job
/// asks for with the claims of that job.
/// </summary>
public sealed class FakeOidcIssuer : IAsyncDisposable
{
    readonly WebApplication server;
    readonly TimeProvider time;
    readonly ConcurrentDictionary<string, JsonObject> jobs = new(StringComparer.Ordinal);
    int asked;

    FakeOidcIssuer(WebApplication server, TimeProvider time)
    {
        this.server = server;
        this.time = time;
    }

    public Uri Url => new(server.Urls.Single());

    /// <summary>What tokens are signed with from now on.</summary>
    public RSA Key { get; private set; } = RSA.Create(2048);

    public string KeyId { get; private set; } = "key-1";

    /// <summary>How often the keys were asked for.</summary>
    public int Asked => asked;

    /// <summary>False where nothing is answered but 503.</summary>
    public bool IsUp { get; set; } = true;

    public static async Task<FakeOidcIssuer> StartAsync(TimeProvider time)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var issuer = new FakeOidcIssuer(builder.Build(), time);
        issuer.server.Run(issuer.AnswerAsync);
        await issuer.server.StartAsync();
        return issuer;
    }

    /// <summary>Signs with another key from now on; the old one is no longer published.</summary>
    public void Rotate() => (Key, KeyId) = (RSA.Create(2048), KeyId + "'");

    /// <summary>What the runner sets in the environment of a job with <c>id-token: write</c>.</summary>
    public IReadOnlyDictionary<string, string> EnvironmentOf(long repository, long run, int attempt, string workflowRef)
    {
        var secret = Guid.NewGuid().ToString("n");
        jobs[secret] = Claims(repository, run, attempt, workflowRef);
        return new Dictionary<string, string> { ["ACTIONS_ID_TOKEN_REQUEST_URL"] = $"{Url}_apis/token?api-version=2.0", ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = secret };
    }

    /// <summary>What GitHub says of a job, <c>sub</c> in the newer form.</summary>
    public static JsonObject Claims(long repository, long run, int attempt = 1, string workflowRef = "acme/demo/.github/workflows/taskbot-dispatched.yml@refs/heads/main") => new()
    {
        ["sub"] = $"repo:acme@7/demo@{repository}:ref:refs/heads/main",
        ["repository"] = "acme/demo",
        ["repository_id"] = $"{repository}",
        ["run_id"] = $"{run}",
        ["run_attempt"] = $"{attempt}",
        ["event_name"] = "workflow_dispatch",
        ["workflow_ref"] = workflowRef,
        ["job_workflow_ref"] = workflowRef,
        ["runner_environment"] = "github-hosted",
    };

    /// <summary>A token of these claims, for five minutes from now.</summary>
    public string Sign(JsonObject claims, string audience, Action<JsonObject, JsonObject>? change = null)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var body = (JsonObject)claims.DeepClone();
        (body["iss"], body["aud"], body["iat"], body["nbf"], body["exp"]) = (Url.AbsoluteUri.TrimEnd('/'), audience, now, now - 10, now + 300);
        var header = new JsonObject { ["typ"] = "JWT", ["alg"] = "RS256", ["kid"] = KeyId };
        change?.Invoke(header, body);
        var signed = $"{Encode(header)}.{Encode(body)}";
        return $"{signed}.{Base64Url.EncodeToString(Key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    public static string Encode(JsonObject part) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString()));

    public ValueTask DisposeAsync() => server.DisposeAsync();

    async Task AnswerAsync(HttpContext context)
    {
        var answer = IsUp ? AnswerTo(context.Request) : null;
        context.Response.StatusCode = answer is not null ? 200 : IsUp ? 401 : 503;
        if (answer is not null) await context.Response.WriteAsJsonAsync(answer);
    }

    JsonObject? AnswerTo(HttpRequest request)
    {
        switch (request.Path.Value)
        {
            case "/.well-known/openid-configuration":
                return new() { ["issuer"] = Url.AbsoluteUri.TrimEnd('/'), ["jwks_uri"] = $"{Url}.well-known/jwks", ["id_token_signing_alg_values_supported"] = new JsonArray("RS256") };
            case "/.well-known/jwks":
                Interlocked.Increment(ref asked);
                var key = Key.ExportParameters(includePrivateParameters: false);
                return new()
                {
                    ["keys"] = new JsonArray(
                        new JsonObject { ["kid"] = KeyId, ["kty"] = "RSA", ["alg"] = "RS256", ["use"] = "sig", ["n"] = Base64Url.EncodeToString(key.Modulus), ["e"] = Base64Url.EncodeToString(key.Exponent) },
                        new JsonObject { ["kid"] = "of-a-curve", ["kty"] = "EC", ["crv"] = "P-256", ["x"] = "AA", ["y"] = "AA" }),
                };
            default:
                return request.Headers.Authorization.ToString() is { Length: > 7 } header && jobs.TryGetValue(header["Bearer ".Length..], out var claims)
                    ? new() { ["value"] = Sign(claims, request.Query["audience"].ToString()) } : null;
        }
    }
}
