using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using TaskBot.GitHub.Authentication;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Repositories;

namespace TaskBot.GitHub.Tests.Authentication;

public class CredentialTests
{
    static readonly CancellationToken None = CancellationToken.None;
    static readonly RSA Key = RSA.Create(2048);

    [Fact]
    public async Task The_Apps_token_is_a_signed_JWT_within_GitHubs_bounds()
    {
        var time = new ManualTime();
        using var credential = new AppCredential("Iv23\"x", Key.ExportRSAPrivateKeyPem(), time);
        var token = (await credential.GetTokenAsync(None)).ShouldNotBeNull();
        var parts = token.Split('.');
        Key.VerifyData(
            Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Decode(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).ShouldBeTrue();
        JsonDocument.Parse(Decode(parts[0])).RootElement.GetProperty("alg").GetString().ShouldBe("RS256");
        var claims = JsonDocument.Parse(Decode(parts[1])).RootElement;
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        claims.GetProperty("iss").GetString().ShouldBe("Iv23\"x");
        claims.GetProperty("iat").GetInt64().ShouldBe(now - 60);
        claims.GetProperty("exp").GetInt64().ShouldBeInRange(now + 60, now + 540);
    }

    [Fact]
    public async Task It_is_made_anew_before_it_ends()
    {
        var time = new ManualTime();
        using var credential = new AppCredential("1", Key.ExportPkcs8PrivateKeyPem(), time);
        var first = await credential.GetTokenAsync(None);
        time.Advance(TimeSpan.FromMinutes(6));
        (await credential.GetTokenAsync(None)).ShouldBe(first);
        time.Advance(TimeSpan.FromMinutes(1));
        (await credential.GetTokenAsync(None)).ShouldNotBe(first);
    }

    [Fact]
    public void Keys_with_written_out_line_breaks_are_read_and_others_refused()
    {
        AppCredential.ReadKey(Key.ExportRSAPrivateKeyPem().Replace("\n", "\\n")).KeySize.ShouldBe(2048);
        Should.Throw<ArgumentException>(() => AppCredential.ReadKey("no key"));
        Should.Throw<ArgumentException>(() => AppCredential.ReadKey(Key.ExportRSAPublicKeyPem()));
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Should.Throw<ArgumentException>(() => AppCredential.ReadKey(curve.ExportPkcs8PrivateKeyPem()));
    }

    [Fact]
    public async Task An_installation_token_is_fetched_once_for_all_who_wait_and_again_before_it_expires()
    {
        var time = new ManualTime();
        var tokens = 0;
        await using var fake = await FakeGitHub.StartAsync((context, _) => context.Request.Path.Value!.EndsWith("access_tokens", StringComparison.Ordinal)
            ? TokenAsync(context, Interlocked.Increment(ref tokens), time)
            : context.JsonAsync("""{"id":1,"name":"demo","full_name":"acme/demo"}"""));
        using var factory = For(fake, time);
        var client = factory.ForInstallation(100);
        client.ShouldBeSameAs(factory.ForInstallation(100));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.Repositories.GetAsync(new RepositoryName("acme", "demo"), None)));
        tokens.ShouldBe(1);
        time.Advance(TimeSpan.FromMinutes(54));
        await client.Repositories.GetAsync(new RepositoryName("acme", "demo"), None);
        tokens.ShouldBe(1);
        time.Advance(TimeSpan.FromMinutes(1));
        await client.Repositories.GetAsync(new RepositoryName("acme", "demo"), None);
        tokens.ShouldBe(2);
        fake.Seen[^1].Header("Authorization").ShouldBe("Bearer ghs_token_2");
    }

    [Fact]
    public async Task A_refused_installation_token_is_fetched_again_once()
    {
        var time = new ManualTime();
        var tokens = 0;
        await using var fake = await FakeGitHub.StartAsync((context, _) => context.Request.Path.Value!.EndsWith("access_tokens", StringComparison.Ordinal)
            ? TokenAsync(context, Interlocked.Increment(ref tokens), time)
            : context.JsonAsync("""{"message":"Bad credentials"}""", 401));
        using var factory = For(fake, time);
        var exception = await Should.ThrowAsync<GitHubApiException>(
            () => factory.ForInstallation(100).Repositories.GetAsync(new RepositoryName("acme", "demo"), None));
        exception.Refusal.ShouldBe(GitHubRefusal.BadCredentials);
        tokens.ShouldBe(2);
    }

    [Fact]
    public void Without_an_App_configured_its_clients_say_what_to_set()
    {
        using var factory = Clients.For(new Uri("http://127.0.0.1:9"));
        Should.Throw<InvalidOperationException>(() => factory.ForApp()).Message.ShouldContain("GitHub:AppId");
        Should.Throw<InvalidOperationException>(() => factory.ForInstallation(1)).Message.ShouldContain("GitHub:PrivateKey");
        Should.Throw<InvalidOperationException>(() => factory.ForToken()).Message.ShouldContain("GitHub:Token");
    }

    [Fact]
    public void One_token_is_one_client_so_that_its_writes_take_turns()
    {
        using var factory = Clients.For(new Uri("http://127.0.0.1:9"), configure: options => options.Token = "configured");
        factory.ForToken().ShouldBeSameAs(factory.ForToken("configured"));
        factory.ForToken("other").ShouldNotBeSameAs(factory.ForToken());
    }

    [Theory]
    [InlineData("a ghs_abcdefghijklmnopqrstuvwxyz0123456789 b", "a *** b")]
    [InlineData("ghs_4242_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0.c2ln-a_b end", "*** end")]
    [InlineData("github_pat_11AAA_bbb, ghp_x gho_y ghu_z ghr_w", "***, *** *** *** ***")]
    [InlineData("jwt eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0.c2ln", "jwt ***")]
    [InlineData("Authorization: Bearer abcdef0123456789abcdef", "Authorization: Bearer ***")]
    [InlineData("https://x-access-token:s3cr3t@github.com/a/b", "https://***@github.com/a/b")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nrest", "***\nrest")]
    [InlineData("my secret is hunter2!", "my secret is ***!")]
    [InlineData("token expired for the branch taskbot/issue-12 at 2026-11-20", "token expired for the branch taskbot/issue-12 at 2026-11-20")]
    public void Secrets_are_taken_out_of_text(string text, string expected) => TokenRedaction.Redact(text, "hunter2", null, "").ShouldBe(expected);

    static GitHubClientFactory For(FakeGitHub fake, TimeProvider time) => Clients.For(fake.Url, time, options =>
    {
        options.AppId = "4242";
        options.PrivateKey = Key.ExportRSAPrivateKeyPem();
    });

    static Task TokenAsync(HttpContext context, int number, TimeProvider time) =>
        context.JsonAsync($$"""{"token":"ghs_token_{{number}}","expires_at":"{{time.GetUtcNow().AddHours(1):O}}"}""", 201);

    static byte[] Decode(string part) => System.Buffers.Text.Base64Url.DecodeFromChars(part);
}
