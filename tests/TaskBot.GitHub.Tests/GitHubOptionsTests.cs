using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using TaskBot.GitHub.Client;

namespace TaskBot.GitHub.Tests;

public class GitHubOptionsTests
{
    [Theory]
    [InlineData("https://api.github.com", "https://api.github.com/graphql", "https://github.com/")]
    [InlineData("https://ghes.example.org/api/v3", "https://ghes.example.org/api/graphql", "https://ghes.example.org/")]
    [InlineData("https://ghes.example.org/api/v3/", "https://ghes.example.org/api/graphql", "https://ghes.example.org/")]
    [InlineData("http://127.0.0.1:4100", "http://127.0.0.1:4100/graphql", "http://127.0.0.1:4100/")]
    public void One_address_tells_the_others(string api, string graphQL, string server)
    {
        var options = new GitHubOptions { ApiUrl = new Uri(api) };
        options.GraphQLAddress.ShouldBe(new Uri(graphQL));
        options.ServerAddress.ShouldBe(new Uri(server));
    }

    [Fact]
    public async Task Good_options_start_and_give_clients()
    {
        using var key = RSA.Create(2048);
        using var host = Host(("GitHub:AppId", "1"), ("GitHub:PrivateKey", key.ExportRSAPrivateKeyPem()), ("GitHub:WebhookSecret", "new"), ("GitHub:PreviousWebhookSecret", "old"));
        await host.StartAsync();
        host.Services.GetRequiredService<GitHubClientFactory>().ForApp().ShouldNotBeNull();
        host.Services.GetRequiredService<IOptions<GitHubOptions>>().Value.WebhookSecrets.ShouldBe(["new", "old"]);
    }

    [Fact]
    public async Task A_receiver_of_webhooks_does_not_start_without_a_secret()
    {
        using var host = Host();
        (await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync())).Message.ShouldContain("GitHub:WebhookSecret: webhooks are not received");
    }

    [Fact]
    public async Task Every_mistake_is_told_at_once_and_no_secret_with_it()
    {
        using var host = Host(
            ("GitHub:ApiUrl", "ftp://x"),
            ("GitHub:GraphQLUrl", "https://user:pass@x"),
            ("GitHub:AppId", "1"),
            ("GitHub:PrivateKey", "hush hush"),
            ("GitHub:PrivateKeyPath", "/no/such/key.pem"),
            ("GitHub:WebhookSecret", "s"),
            ("GitHub:RequestTimeout", "00:20:00"));
        var exception = await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync());
        exception.Message.ShouldContain("RequestTimeout");
        using var second = Host(
            ("GitHub:ApiUrl", "ftp://x"),
            ("GitHub:GraphQLUrl", "https://user:pass@x"),
            ("GitHub:AppId", "1"),
            ("GitHub:PrivateKey", "hush hush"),
            ("GitHub:PrivateKeyPath", "/no/such/key.pem"),
            ("GitHub:WebhookSecret", "s"));
        var message = (await Should.ThrowAsync<OptionsValidationException>(() => second.StartAsync())).Message;
        message.ShouldContain("GitHub:ApiUrl: 'ftp://x/' is not an absolute http(s) address.");
        message.ShouldContain("GitHub:GraphQLUrl: an address carries no user name or password");
        message.ShouldContain("GitHub:PrivateKeyPath: give PrivateKey or PrivateKeyPath, not both.");
        message.ShouldContain("GitHub:PrivateKey: this is not an RSA private key in PEM.");
        message.ShouldNotContain("hush");
        message.ShouldNotContain("pass@");
    }

    [Theory]
    [InlineData("GitHub:AppId", "1", "GitHub:PrivateKey: an App needs PrivateKey")]
    [InlineData("GitHub:PrivateKeyPath", "/no/such/key.pem", "the file '/no/such/key.pem' cannot be read")]
    [InlineData("GitHub:PreviousWebhookSecret", "old", "GitHub:WebhookSecret: PreviousWebhookSecret is set")]
    public async Task Half_a_configuration_is_none(string key, string value, string expected)
    {
        using var host = Host((key, value));
        (await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync())).Message.ShouldContain(expected);
    }

    static IHost Host(params (string Key, string Value)[] settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value));
        builder.Services.AddTaskBotGitHub(builder.Configuration).RequireGitHubWebhookSecret();
        return builder.Build();
    }
}
