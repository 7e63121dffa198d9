using System.Text.Json;
using System.Text.Json.Serialization;

namespace TaskBot.Workspaces.Files;

/// <summary>
/// Changes to a folder on their way: new contents are staged in a folder of the journal's own below the root, then the list of moves is
/// put in place by one rename, which decides, then the moves are made. A journal without a list is dropped (all old); one with a list is
/// carried out to its end (all new), by its own process or by the next one that opens the folder. Every move can be made again.
/// </summary>
sealed class FolderJournal
{
    /// <summary>The journal's folder, directly below the root; there only while a write is under way, or after one was killed.</summary>
    public const string Name = ".taskbot-edit";

    /// <summary>Windows's own reading of ".*" takes the journal itself in, which may be at work.</summary>
    static readonly EnumerationOptions SteppedAside = new() { MatchType = MatchType.Simple, AttributesToSkip = FileAttributes.None, MatchCasing = MatchCasing.CaseSensitive };

    readonly string root;
    readonly string folder;

    FolderJournal(string root)
    {
        this.root = root;
        folder = Path.Combine(root, Name);
    }

    string ListFile => Path.Combine(folder, "moves.json");

    public static async Task WriteAsync(string root, IReadOnlyList<FileChange> changes, CancellationToken cancellationToken)
    {
        var journal = new FolderJournal(root);
        try
        {
            Recover(root);
            using var turn = journal.Lock() ?? throw new IOException($"Another process is writing to '{root}'.");
            await journal.CarryAsync(changes, cancellationToken);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException($"The changes could not be written to '{root}': {exception.Message}", exception);
        }
    }

    /// <summary>Finishes what a killed process left; nothing while another process is at it.</summary>
    public static void Recover(string root)
    {
        RemoveSteppedAside(root);
        var journal = new FolderJournal(root);
        if (!Directory.Exists(journal.folder)) return;
        using var turn = journal.Lock();
        if (turn is not null) journal.Finish();
    }

    async Task CarryAsync(IReadOnlyList<FileChange> changes, CancellationToken cancellationToken)
    {
        var created = new List<string>();
        var isDone = false;
        try
        {
            var moves = new List<FolderMove>(changes.Count);
            foreach (var change in changes) moves.Add(await StageAsync(change, moves.Count, cancellationToken));
            await File.WriteAllBytesAsync(ListFile + ".new", JsonSerializer.SerializeToUtf8Bytes(moves, FolderJournalJson.Default.ListFolderMove), cancellationToken);
            File.Move(ListFile + ".new", ListFile);
            // From here on a killed process leaves all new. Only a move that the system refuses still leads back, in this process.
            try
            {
                foreach (var move in Ordered(moves)) Make(move, created);
                isDone = true;
            }
            finally
            {
                if (!isDone) Undo(moves, created);
            }
        }
        finally
        {
            Clear();
        }
    }

    async Task<FolderMove> StageAsync(FileChange change, int index, CancellationToken cancellationToken)
    {
        var full = Path.Combine(root, change.Path);
        var before = new FileInfo(full);
        var move = new FolderMove(change.Path, index, change.After is not null, before.Exists ? before.Length : -1, before.Exists ? before.LastWriteTimeUtc.Ticks : 0);
        if (change.After is not { } entry) return move;
        await File.WriteAllBytesAsync(New(move), entry.Content, cancellationToken);
        if (OperatingSystem.IsWindows()) return move;
        const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        var mode = File.GetUnixFileMode(before.Exists ? full : New(move));
        // Whoever may read an executable may run it, as git checks files out; other bits stay as they are.
        if (entry.Kind == FileKind.Regular) mode &= ~Execute;
        else if ((mode & UnixFileMode.UserExecute) == 0) mode |= (UnixFileMode)((int)(mode & (UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead)) >> 2);
        File.SetUnixFileMode(New(move), mode);
        return move;
    }

    /// <summary>Deletions come first, so that a file may make room for a folder of its name.</summary>
    static IOrderedEnumerable<FolderMove> Ordered(List<FolderMove> moves) => moves.OrderBy(move => move.HasNew);

    /// <summary>The old file steps aside and the new one takes its place.</summary>
    void Make(FolderMove move, List<string> created)
    {
        var full = Path.Combine(root, move.Path);
        if (File.Exists(full) || new FileInfo(full).LinkTarget is not null) File.Move(full, Old(move));
        if (!move.HasNew) return;
        CreateFolders(Path.GetDirectoryName(full)!, created);
        File.Move(New(move), full);
    }

    void Undo(List<FolderMove> moves, List<string> created)
    {
        foreach (var move in Ordered(moves).Reverse())
        {
            var full = Path.Combine(root, move.Path);
            if (move.HasNew && !File.Exists(New(move))) File.Delete(full);
            if (File.Exists(Old(move)) || new FileInfo(Old(move)).LinkTarget is not null) File.Move(Old(move), full);
        }
        for (var i = created.Count - 1; i >= 0; i--)
        {
            if (!Directory.EnumerateFileSystemEntries(created[i]).Any()) Directory.Delete(created[i]);
        }
    }

    /// <summary>What a killed process had decided is done; what it had only staged is dropped.</summary>
    void Finish()
    {
        if (File.Exists(ListFile))
        {
            var moves = JsonSerializer.Deserialize(File.ReadAllBytes(ListFile), FolderJournalJson.Default.ListFolderMove)!;
            foreach (var move in Ordered(moves)) FinishMove(move);
        }
        Clear();
    }

    void FinishMove(FolderMove move)
    {
        var full = Path.Combine(root, move.Path);
        var isMade = move.HasNew ? !File.Exists(New(move)) : File.Exists(Old(move));
        if (isMade) return;
        var now = new FileInfo(full);
        var wasMovedAside = File.Exists(Old(move)) && !now.Exists;
        var isAsBefore = now.Exists ? now.Length == move.Length && now.LastWriteTimeUtc.Ticks == move.Ticks : move.Length < 0 || wasMovedAside;
        // Someone went on working here after the kill: theirs is newer than ours.
        if (isAsBefore) Make(move, []);
    }

    /// <summary>The folder steps aside before it is taken apart, so that the next writer's is never mistaken for it.</summary>
    void Clear()
    {
        // Without its list what is left has no meaning, should this process be killed here.
        File.Delete(ListFile);
        if (Directory.Exists(folder)) Directory.Move(folder, $"{folder}.{Guid.NewGuid():N}");
        RemoveSteppedAside(root);
    }

    /// <summary>Journals that are done with, also those whose process was killed before it had taken them apart.</summary>
    static void RemoveSteppedAside(string root)
    {
        foreach (var done in Directory.EnumerateDirectories(root, Name + ".*", SteppedAside))
        {
            try
            {
                Directory.Delete(done, recursive: true);
            }
            catch (DirectoryNotFoundException)
            {
                // Another writer took it apart at the same time.
            }
        }
    }

    /// <summary>The right to write, or null where another process has it; the system takes it back from a process that ends in any way.</summary>
    FileStream? Lock()
    {
        Directory.CreateDirectory(folder);
        try
        {
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null; // Held by another process, or taken apart by it between our two steps.
        }
    }

    static void CreateFolders(string folder, List<string> created)
    {
        var missing = new Stack<string>();
        for (var parent = folder; !Directory.Exists(parent); parent = Path.GetDirectoryName(parent)!) missing.Push(parent);
        while (missing.TryPop(out var next))
        {
            Directory.CreateDirectory(next);
            created.Add(next);
        }
    }

    string New(FolderMove move) => Path.Combine(folder, $"new-{move.Index}");

    string Old(FolderMove move) => Path.Combine(folder, $"old-{move.Index}");
}

/// <summary>One file's move as the journal has it. The length (-1: no file) and time of last writing tell the old file from a later one.</summary>
sealed record FolderMove(string Path, int Index, bool HasNew, long Length, long Ticks);

[JsonSerializable(typeof(List<FolderMove>))]
sealed partial class FolderJournalJson : JsonSerializerContext;
