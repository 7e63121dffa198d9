using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Toolchains;

/// <summary>
/// What a repository's devcontainer.json says of the machine that it is developed on: facts for whoever picks a container or a command.
/// Nothing of it is run by reading it. The names are those of containers.dev.
/// </summary>
/// <param name="Path">The file, from the root.</param>
/// <param name="Image">The image to run; null where it is built.</param>
/// <param name="Dockerfile">From the root; null where an image is named.</param>
/// <param name="PostCreate">
/// Shell lines that prepare a fresh container, in their order: onCreateCommand, updateContentCommand, postCreateCommand. Lines that
/// may run side by side come by name.
/// </param>
/// <param name="RemoteUser">Who commands run as; null: the image's own user.</param>
/// <param name="Environment">Variables for commands; values with <c>${...}</c> are as written.</param>
public sealed record DevContainer(
    string Path, string? Image, string? Dockerfile, ImmutableArray<string> PostCreate, string? RemoteUser, ImmutableSortedDictionary<string, string> Environment)
{
    static readonly string[] Places = [".devcontainer/devcontainer.json", ".devcontainer.json"];
    static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>The repository's devcontainer; null where there is none, or none that can be read.</summary>
    public static async Task<DevContainer?> ReadAsync(IFileTree files, CancellationToken cancellationToken)
    {
        foreach (var path in Places)
        {
            if (await files.ReadAsync(path, cancellationToken) is { Kind: not FileKind.SymbolicLink } file)
                return Parse(path, Encoding.UTF8.GetString(file.Content.Span));
        }
        return null;
    }

    static DevContainer? Parse(string path, string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(path, document.RootElement) : null;
        }
        catch (JsonException)
        {
            return null; // Tools that start containers from it say so too; what else the tree has still counts.
        }
    }

    static DevContainer Read(string path, JsonElement root)
    {
        var build = root.TryGetProperty("build", out var given) && given.ValueKind == JsonValueKind.Object ? given : default;
        var dockerfile = Text(build, "dockerfile") ?? Text(root, "dockerFile");
        var environment = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var name in (string[])["containerEnv", "remoteEnv"])
            if (root.TryGetProperty(name, out var variables) && variables.ValueKind == JsonValueKind.Object)
                foreach (var variable in variables.EnumerateObject().Where(variable => variable.Value.ValueKind == JsonValueKind.String))
                    environment[variable.Name] = variable.Value.GetString()!;
        return new DevContainer(
            path,
            Text(root, "image"),
            dockerfile is null ? null : Beside(path, dockerfile),
            [.. ((string[])["onCreateCommand", "updateContentCommand", "postCreateCommand"]).SelectMany(name => root.TryGetProperty(name, out var command) ? Lines(command) : [])],
            Text(root, "remoteUser"),
            environment.ToImmutable());
    }

    /// <summary>A command is a shell line, a program with its arguments, or an object of such, whose members may run side by side.</summary>
    static IEnumerable<string> Lines(JsonElement command) => command.ValueKind switch
    {
        JsonValueKind.String => [command.GetString()!],
        JsonValueKind.Array => [string.Join(' ', command.EnumerateArray().Select(word => $"'{word.ToString().Replace("'", "'\\''", StringComparison.Ordinal)}'"))],
        JsonValueKind.Object => command.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal).SelectMany(member => Lines(member.Value)),
        _ => [],
    };

    static string Beside(string path, string file)
    {
        var parts = new Stack<string>(path.Split('/')[..^1]);
        foreach (var part in file.Split('/'))
        {
            if (part == "..")
                _ = parts.TryPop(out _);
            else if (part is not ("" or "."))
                parts.Push(part);
        }
        return string.Join('/', parts.Reverse());
    }

    static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
