using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using TaskBot.GitHub.Actions;
using TaskBot.GitHub.Authentication;
using TaskBot.Testing.Oidc;

namespace TaskBot.GitHub.Tests.Authentication;

public sealed class OidcTokenValidatorTests : IAsyncLifetime
{
    const string Audience = "https://taskbot.example.com";

    static readonly CancellationToken None = CancellationToken.None;
    static readonly OidcExpectation Expected = new(Audience, RepositoryId: 17, RunId: 4711);

    readonly ManualTime time = new();
    FakeOidcIssuer issuer = null!;
    OidcTokenValidator validator = null!;

    public async Task InitializeAsync()
    {
        issuer = await FakeOidcIssuer.StartAsync(time);
        validator = new(Options.Create(new GitHubOptions { OidcIssuer = new Uri(issuer.Url.AbsoluteUri.TrimEnd('/')) }), time);
    }

    public async Task DisposeAsync()
    {
        validator.Dispose();
        await issuer.DisposeAsync();
    }

    [Fact]
    public async Task A_job_is_who_its_token_says()
    {
        var check = await validator.CheckAsync(Sign(), Expected, None);

        check.Result.ShouldBe(OidcTokenResult.Valid);
        var claims = check.Claims.ShouldNotBeNull();
        (claims.RepositoryId, claims.RunId, claims.RunAttempt, claims.EventName).ShouldBe((17, 4711, 1, "workflow_dispatch"));
        claims.WorkflowRef.ShouldEndWith("taskbot-dispatched.yml@refs/heads/main");
        claims.RunnerEnvironment.ShouldBe("github-hosted");
    }

    [Fact]
    public async Task A_job_gets_its_token_from_its_runner_for_the_audience_that_it_names()
    {
        using var http = new HttpClient();
        var source = new OidcTokenSource(ActionsEnvironment.Read(issuer.EnvironmentOf(17, 4711, 2, "acme/demo/w.yml@refs/heads/main")), Audience, http, time);

        var check = await validator.CheckAsync(await source.GetAsync(None), Expected, None);

        check.Claims!.RunAttempt.ShouldBe(2);
    }

    [Fact]
    public async Task A_job_without_the_permission_is_told_what_to_write()
    {
        using var http = new HttpClient();
        var source = new OidcTokenSource(ActionsEnvironment.Read(new Dictionary<string, string>()), Audience, http, time);

        (await Should.ThrowAsync<InvalidOperationException>(() => source.GetAsync(None))).Message.ShouldContain("id-token: write");
    }

    public static TheoryData<OidcTokenResult, string> Forgeries => new()
    {
        { OidcTokenResult.AlgorithmRefused, "alg none" },
        { OidcTokenResult.AlgorithmRefused, "HS256 with the public key" },
        { OidcTokenResult.AlgorithmRefused, "crit" },
        { OidcTokenResult.KeyUnknown, "wrong kid" },
        { OidcTokenResult.KeyUnknown, "key of a curve" },
        { OidcTokenResult.SignatureWrong, "other key" },
        { OidcTokenResult.SignatureWrong, "other claims" },
        { OidcTokenResult.OtherIssuer, "other issuer" },
        { OidcTokenResult.OtherAudience, "other audience" },
        { OidcTokenResult.Expired, "expired" },
        { OidcTokenResult.NotYetValid, "of tomorrow" },
        { OidcTokenResult.NotYetValid, "not before tomorrow" },
        { OidcTokenResult.OtherRepository, "other repository" },
        { OidcTokenResult.OtherRun, "other run" },
        { OidcTokenResult.ClaimsMissing, "no repository_id" },
        { OidcTokenResult.ClaimsMissing, "no end" },
        { OidcTokenResult.Malformed, "two parts" },
        { OidcTokenResult.Malformed, "no JSON" },
        { OidcTokenResult.Malformed, "too long" },
        { OidcTokenResult.Missing, "nothing" },
    };

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task A_token_that_is_not_the_jobs_is_refused(OidcTokenResult result, string how)
    {
        var check = await validator.CheckAsync(Forge(how), Expected, None);

        check.ShouldBe(new OidcCheck(result));
    }

    [Fact]
    public async Task A_new_key_is_found_when_a_token_names_it_and_the_old_one_holds_no_more()
    {
        var old = Sign();
        (await validator.CheckAsync(old, Expected, None)).Result.ShouldBe(OidcTokenResult.Valid);
        issuer.Rotate();
        time.Advance(TimeSpan.FromMinutes(2));

        (await validator.CheckAsync(Sign(), Expected, None)).Result.ShouldBe(OidcTokenResult.Valid);
        (await validator.CheckAsync(old, Expected, None)).Result.ShouldBe(OidcTokenResult.KeyUnknown);
        issuer.Asked.ShouldBe(2);
    }

    [Fact]
    public async Task Tokens_with_made_up_keys_do_not_make_us_ask_the_issuer_each_time()
    {
        for (var i = 0; i < 20; i++)
            (await validator.CheckAsync(Sign((header, _) => header["kid"] = $"made-up-{i}"), Expected, None)).Result.ShouldBe(OidcTokenResult.KeyUnknown);

        issuer.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task An_issuer_that_cannot_be_reached_proves_nobody_and_known_keys_hold_for_a_day()
    {
        issuer.IsUp = false;
        (await validator.CheckAsync(Sign(), Expected, None)).Result.ShouldBe(OidcTokenResult.KeysUnreachable);
        issuer.IsUp = true;
        time.Advance(TimeSpan.FromMinutes(2));
        (await validator.CheckAsync(Sign(), Expected, None)).Result.ShouldBe(OidcTokenResult.Valid);

        issuer.IsUp = false;
        time.Advance(TimeSpan.FromHours(23));
        (await validator.CheckAsync(Sign(), Expected, None)).Result.ShouldBe(OidcTokenResult.Valid);
        time.Advance(TimeSpan.FromHours(2));
        (await validator.CheckAsync(Sign(), Expected, None)).Result.ShouldBe(OidcTokenResult.KeysUnreachable);
    }

    [Theory]
    [InlineData("https://api.github.com", "https://token.actions.githubusercontent.com/")]
    [InlineData("https://git.example.com/api/v3", "https://git.example.com/_services/token")]
    public void Each_server_has_its_own_issuer(string api, string issuer) =>
        new GitHubOptions { ApiUrl = new Uri(api) }.OidcIssuerAddress.AbsoluteUri.ShouldBe(issuer);

    string Sign(Action<JsonObject, JsonObject>? change = null) => issuer.Sign(FakeOidcIssuer.Claims(17, 4711), Audience, change);

    string? Forge(string how) => how switch
    {
        "nothing" => null,
        "two parts" => "eyJhbGciOiJub25lIn0.e30",
        "no JSON" => "AAAA.AAAA.AAAA",
        "too long" => Sign((_, claims) => claims["more"] = new string('x', 20_000)),
        "alg none" => $"{Sign((header, _) => header["alg"] = "none")[..^342]}",
        "HS256 with the public key" => SignedWithThePublicKey(),
        "crit" => Sign((header, _) => header["crit"] = new JsonArray("exp")),
        "wrong kid" => Sign((header, _) => header["kid"] = "another"),
        "key of a curve" => Sign((header, _) => header["kid"] = "of-a-curve"),
        "other key" => SignedWithAnotherKey(),
        "other claims" => WithOtherClaims(),
        "other issuer" => Sign((_, claims) => claims["iss"] = "https://token.actions.example.com"),
        "other audience" => Sign((_, claims) => claims["aud"] = "https://somebody.example.com"),
        "expired" => Sign((_, claims) => claims["exp"] = Now - 61),
        "of tomorrow" => Sign((_, claims) => claims["iat"] = Now + 3600),
        "not before tomorrow" => Sign((_, claims) => claims["nbf"] = Now + 3600),
        "other repository" => Sign((_, claims) => claims["repository_id"] = "18"),
        "other run" => Sign((_, claims) => claims["run_id"] = "4712"),
        "no repository_id" => Sign((_, claims) => claims.Remove("repository_id")),
        "no end" => Sign((_, claims) => claims.Remove("exp")),
        _ => throw new ArgumentOutOfRangeException(nameof(how), how, "No such forgery."),
    };

    long Now => time.GetUtcNow().ToUnixTimeSeconds();

    string SignedWithThePublicKey()
    {
        var parts = Sign((header, _) => header["alg"] = "HS256").Split('.');
        var mac = HMACSHA256.HashData(Encoding.ASCII.GetBytes(issuer.Key.ExportSubjectPublicKeyInfoPem()), Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"));
        return $"{parts[0]}.{parts[1]}.{Base64Url.EncodeToString(mac)}";
    }

    string SignedWithAnotherKey()
    {
        using var other = RSA.Create(2048);
        var parts = Sign().Split('.');
        return $"{parts[0]}.{parts[1]}.{Base64Url.EncodeToString(other.SignData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    string WithOtherClaims()
    {
        var (parts, others) = (Sign().Split('.'), Sign((_, claims) => claims["run_attempt"] = "9").Split('.'));
        return $"{parts[0]}.{others[1]}.{parts[2]}";
    }
}
