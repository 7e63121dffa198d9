using System.Text;
using TaskBot.Workspaces.Edits;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Tests.Edits;

/// <summary>A tree in memory, and what becomes of it under a reply.</summary>
internal sealed class MemoryTree : IFileTree
{
    private readonly SortedDictionary<string, FileEntry> _files = new(StringComparer.Ordinal);

    public MemoryTree(params (string Path, string Text)[] files)
    {
        foreach (var (path, text) in files) Add(path, text);
    }

    public MemoryTree Add(string path, string text, FileKind kind = FileKind.Regular) => Add(path, Encoding.UTF8.GetBytes(text), kind);

    public MemoryTree Add(string path, byte[] content, FileKind kind = FileKind.Regular)
    {
        _files[path] = new FileEntry(kind, content);
        return this;
    }

    public ValueTask<FileEntry?> ReadAsync(string path, CancellationToken cancellationToken) => ValueTask.FromResult(_files.GetValueOrDefault(path));

    public ValueTask<bool> IsFolderAsync(string path, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_files.Keys.Any(file => file.StartsWith(path + "/", StringComparison.Ordinal)));

    public ValueTask<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<string>>([.. _files.Keys]);

    public Task<EditResult> PlanAsync(string reply, EditFormat format = EditFormat.Auto) => EditPlanner.PlanAsync(this, reply, format, default);

    /// <summary>The text of a file after the reply, which must apply.</summary>
    public async Task<string?> ApplyAsync(string reply, string path = "a.txt", EditFormat format = EditFormat.Auto)
    {
        var result = await PlanAsync(reply, format);
        result.Applied.ShouldBeTrue(result.ToString());
        var change = result.Changes.SingleOrDefault(change => change.Path == path);
        if (change is null) return Text(_files[path].Content);
        return change.After is null ? null : Text(change.After.Content);
    }

    /// <summary>The one refused report of a reply that must be refused and must change nothing.</summary>
    public async Task<EditReport> RefuseAsync(string reply, EditFormat format = EditFormat.Auto)
    {
        var result = await PlanAsync(reply, format);
        result.Applied.ShouldBeFalse(result.ToString());
        result.Changes.ShouldBeEmpty();
        return result.Reports.First(report => report.Status == EditStatus.Refused);
    }

    public static string Text(ReadOnlyMemory<byte> content) => Encoding.UTF8.GetString(content.Span);
}
