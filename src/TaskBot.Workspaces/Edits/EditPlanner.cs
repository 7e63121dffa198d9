using TaskBot.Workspaces.Edits.Formats;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Edits;

/// <summary>
/// Turns a model's raw reply into changes of files, right or refused. Everything is planned in memory and nothing is written: the result
/// holds all that the reply asks for, or nothing and the reasons. Reads only the files that the reply names.
/// </summary>
public static class EditPlanner
{
    /// <param name="tree">The files that the reply was written for.</param>
    /// <param name="reply">The reply as the model gave it, prose and fences included.</param>
    /// <param name="format">The format that was asked for, or <see cref="EditFormat.Auto"/>.</param>
    /// <param name="cancellationToken">Ends the planning between two files.</param>
    /// <returns>Never null; the mistakes of the reply are reports, not exceptions.</returns>
    public static async Task<EditResult> PlanAsync(IFileTree tree, string reply, EditFormat format, CancellationToken cancellationToken)
    {
        var parsed = EditReply.Parse(reply, format);
        var plan = new EditPlan(tree, new ReplyText(reply.Length > EditReply.MaxCharacters ? "" : reply).LineEnd);
        foreach (var edit in parsed.Edits) await plan.AddAsync(edit, cancellationToken);
        return await plan.FinishAsync(parsed, cancellationToken);
    }
}
