using Microsoft.Extensions.AI;
using OpenAI.Audio;

namespace TaskBot.Models.Providers;

/// <summary>Speaks the request's texts: OpenAI's <c>/audio/speech</c>, as MP3. The protocol counts no tokens, so a call costs what was reserved for it.</summary>
public sealed class OpenAISpeechClient(string model, OpenAIEndpoint endpoint, TimeProvider time) : OpenAIMediaClient(model, endpoint, time)
{
    private protected override async Task<ChatResponse> AskAsync(IReadOnlyList<string> texts, ChatOptions? options, CancellationToken cancellationToken)
    {
        var client = Connection.GetAudioClient(Model);
        var spoken = await client.GenerateSpeechAsync(
            string.Join("\n\n", texts), new GeneratedSpeechVoice(options.GetVoice()), new SpeechGenerationOptions { ResponseFormat = GeneratedSpeechFormat.Mp3 }, cancellationToken);
        return Answer(spoken.Value, "audio/mpeg", usage: null);
    }
}
