using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Nodes;

/// <summary>
/// Corrects a task's description from what a failed attempt showed. It never touches code: what was missing from the input is put there,
/// and the attempt is made again.
/// </summary>
public sealed class RefineNode(RunScope scope) : ModelNode(scope)
{
    /// <summary>Notes are rewritten each time; they never grow beyond this.</summary>
    public const int MaxNotes = 8;

    /// <summary>Characters.</summary>
    public const int MaxNoteLength = 240;

    const int MaxDescription = 20_000;

    /// <summary>What more files say would not be read.</summary>
    const int MaxFiles = 6;

    public const string TypeName = "llm.refine";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Corrects a task's description after an attempt failed; never edits code.")
    {
        Attributes = NodeModel.Attributes("reason"),
        Inputs =
        [
            new("issue", ValueKind.Map, "The issue as it was asked: title, body."),
            new("description", ValueKind.Text, "The description that the attempt was made with.") { Required = true },
            new("notes", ValueKind.List, "The notes that the attempt was made with."),
            new("failure", ValueKind.Any, "What the attempt died of: message, end of the log, failing tests, signature, the patch that was tried.") { Required = true },
        ],
        Outputs =
        [
            new("description", ValueKind.Text, "The whole description, corrected."),
            new("notes", ValueKind.List, "What was learnt so far: at most 8 sentences of at most 240 characters."),
            new("summary", ValueKind.Text, "One sentence for people."),
            new("question", ValueKind.Text, "What only a person can say; empty where nothing of that kind is missing."),
            new("files", ValueKind.List, "Paths that whoever does the work next has to be shown besides."),
        ],
    };

    static readonly JsonElement AnswerSchema = JsonDocument.Parse(
        """
        {
          "type": "object",
          "properties": {
            "description": { "type": "string", "minLength": 1, "maxLength": 20000 },
            "notes": { "type": "array", "items": { "type": "string" } },
            "summary": { "type": "string", "minLength": 1 },
            "question": { "type": ["string", "null"] },
            "files": { "type": "array", "items": { "type": "string" } }
          },
          "required": ["description", "notes", "summary", "question"],
          "additionalProperties": false
        }
        """).RootElement;

    public override NodeTypeSchema Schema => TypeSchema;

    public override async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        var description = run.Text("description");
        var notes = run.Texts("notes");
        var answer = await Model.AskAsync(
            run,
            [
                ("issue", DataBlock.Of("issue as it was written", Issue(run))),
                ("description", DataBlock.Of("task", description)),
                ("notes", DataBlock.List("notes of earlier attempts", notes)),
                ("failure", Failure(run.Inputs["failure"].Content)),
                ("maxNotes", MaxNotes.ToString(CultureInfo.InvariantCulture)),
                ("maxNoteLength", MaxNoteLength.ToString(CultureInfo.InvariantCulture)),
            ],
            NodeJsonContext.Default.Refinement, AnswerSchema, cancellationToken);
        if (answer.Ending is { } ending) return ending;

        var refined = answer.Value;
        var question = refined.Question?.Trim() ?? "";
        var newDescription = refined.Description.Trim();
        ImmutableArray<string> newNotes =
        [
            .. refined.Notes.Select(note => note.ReplaceLineEndings(" ").Trim()).Where(note => note.Length > 0)
                .Distinct(StringComparer.Ordinal).Take(MaxNotes).Select(Shorten),
        ];
        ImmutableArray<string> files = [.. (refined.Files ?? []).Select(file => file.Trim()).Where(file => file.Length > 0).Distinct(StringComparer.Ordinal).Take(MaxFiles)];
        if (newDescription.Length == 0) return NodeResult.Failure("The refined description is empty.");
        if (question.Length == 0 && files.IsEmpty && newDescription == description.Trim() && newNotes.SequenceEqual(notes, StringComparer.Ordinal))
            return NodeResult.Failure("The refinement changes neither the description nor the notes, so that the next attempt would fail the same way.");
        return NodeResult.Success(
            ("description", newDescription),
            ("notes", TaskValue.ListOf(newNotes.Select(TaskValue.FromString))),
            ("summary", refined.Summary.ReplaceLineEndings(" ").Trim()),
            ("question", question),
            ("files", TaskValue.ListOf(files.Select(TaskValue.FromString))));
    }

    static string Issue(NodeRun run) => run.Inputs.GetValueOrDefault("issue")?.Content is TaskValue.Map issue
        ? $"{issue.Entries.GetValueOrDefault("title")}\n\n{issue.Entries.GetValueOrDefault("body")}"
        : run.Text("issue");

    /// <summary>Each part of the record as a block of its own, records within it included.</summary>
    static string Failure(TaskValue failure) => failure is TaskValue.Map map
        ? string.Join("\n\n", map.Entries.Select(entry => entry.Value is TaskValue.Map ? Failure(entry.Value) : Part(entry.Key, entry.Value)).Where(part => part.Length > 0))
        : DataBlock.Of("failure", NodeRunExtensions.Tail(failure.ToString(), MaxDescription));

    static string Part(string name, TaskValue value) => value is TaskValue.List list
        ? DataBlock.List($"failure: {name}", list.Items.Select(item => item.ToString()))
        : DataBlock.Of($"failure: {name}", NodeRunExtensions.Tail(value.ToString(), MaxDescription));

    static string Shorten(string note) => note.Length <= MaxNoteLength ? note : note[..(note.LastIndexOf(' ', MaxNoteLength - 2) is > 0 and var space ? space : MaxNoteLength - 1)] + "…";
}
