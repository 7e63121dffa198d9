using System.Text.Json.Serialization;

namespace TaskBot.Models.Capabilities;

/// <summary>What a model answers with, and so by which part of its provider's protocol it is asked.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OutputKind>))]
public enum OutputKind
{
    /// <summary>Text and calls of tools: chat.</summary>
    Text,

    /// <summary>A picture of what the request describes.</summary>
    Image,

    /// <summary>The request's text, spoken.</summary>
    Speech,

    /// <summary>A vector for each message of the request.</summary>
    Embedding,
}
