using System.CommandLine;
using TaskBot.Workspaces.Edits;
using TaskBot.Workspaces.Files;

namespace TaskBot.Commands;

/// <summary><c>taskbot edit apply</c>: a model's reply becomes changes to files, all of them or none.</summary>
static class EditCommand
{
    public static Command Create() => new("edit", "Works with the edits in a model's reply.") { CreateApply() };

    static Command CreateApply()
    {
        var root = new Option<DirectoryInfo>("--root") { Description = "The folder whose files are edited.", Required = true };
        var reply = new Option<FileInfo>("--reply") { Description = "The reply as the model gave it, prose and fences included.", Required = true };
        var format = new Option<string>("--format")
        {
            Description = $"How the edits are written: {string.Join(", ", EditFormats.Names)}.",
            DefaultValueFactory = _ => EditFormats.NameOf(EditFormat.Auto),
        };
        var json = new Option<bool>("--json") { Description = "Print the report of every block as one line of JSON." };
        var command = new Command(
            "apply",
            "Applies the edits in a model's reply to the files of a folder: all of them, exactly as meant, or none. Exit 0: everything was applied. Exit 1: nothing was "
            + "changed, and the reasons say what the next reply must do differently.")
        { root, reply, format, json };
        command.SetAction((parsed, cancellationToken) => ApplyAsync(
            parsed.GetValue(root)!, parsed.GetValue(reply)!, parsed.GetValue(format)!, parsed.GetValue(json), cancellationToken));
        return command;
    }

    static async Task<int> ApplyAsync(DirectoryInfo root, FileInfo reply, string formatName, bool json, CancellationToken cancellationToken)
    {
        if (!root.Exists) throw new UsageException($"There is no folder '{root.FullName}'.");
        if (!reply.Exists) throw new UsageException($"There is no file '{reply.FullName}'.");
        if (!EditFormats.TryParse(formatName, out var format))
            throw new UsageException($"'{formatName}' is no format. Write one of {string.Join(", ", EditFormats.Names)}.");
        var folder = new FolderTree(root.FullName);
        var result = await EditPlanner.PlanAsync(folder, await File.ReadAllTextAsync(reply.FullName, cancellationToken), format, cancellationToken);
        if (result.Applied) await folder.WriteAsync(result.Changes, cancellationToken);
        if (json) Console.Out.WriteLine(result.ToJson());
        else (result.Applied ? Console.Out : Console.Error).WriteLine(result.ToString().TrimEnd());
        return result.Applied ? ExitCode.Success : ExitCode.WorkFailed;
    }
}
