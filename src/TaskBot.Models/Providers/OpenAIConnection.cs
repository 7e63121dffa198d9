using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;

namespace TaskBot.Models.Providers;

/// <summary>Connects the official package to one endpoint: no retries and no timeouts of its own, and every failure said by <see cref="ProviderErrors"/>.</summary>
internal static class OpenAIConnection
{
    public static OpenAIClient Connect(OpenAIEndpoint endpoint, ProviderErrors errors)
    {
        var options = new OpenAIClientOptions
        {
            Endpoint = endpoint.BaseUrl,
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            Transport = new HttpClientPipelineTransport(FailureHandler.CreateClient(errors, endpoint.OnResponse)),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
            UserAgentApplicationId = "taskbot",
        };
#pragma warning disable OPENAI001 // Marked as new in the package; there is no other way to send no key.
        return endpoint.ApiKey is { } key ? new OpenAIClient(new ApiKeyCredential(key), options) : new OpenAIClient(new NoAuthentication(), options);
#pragma warning restore OPENAI001
    }

    /// <summary>Local servers have no keys, and the package insists on some policy.</summary>
    private sealed class NoAuthentication : AuthenticationPolicy
    {
        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex) =>
            ProcessNext(message, pipeline, currentIndex);

        public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex) =>
            ProcessNextAsync(message, pipeline, currentIndex);
    }
}
