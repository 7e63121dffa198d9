using System.Text.Json;
using System.Text.Json.Serialization;

namespace TaskBot.Models.Mcp;

/// <summary>A tool of a server, as the server describes it.</summary>
/// <param name="Name">Unique in its server.</param>
/// <param name="Description">For models; may be empty.</param>
/// <param name="Schema">The JSON schema of its arguments.</param>
public sealed record McpTool(string Name, string Description, JsonElement Schema);

/// <summary>How lists of tools are kept.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(McpTool[]))]
internal sealed partial class McpJson : JsonSerializerContext;
