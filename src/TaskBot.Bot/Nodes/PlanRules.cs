using System.Globalization;
using TaskBot.Bot.Projects;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Nodes;

/// <summary>What a plan must keep to before anything is spent on it.</summary>
/// <param name="files">Every path of the tree that the plan is for.</param>
/// <param name="taken">Names of the nodes that the plan's would stand beside.</param>
/// <param name="gathered">What was gathered for the plan already.</param>
sealed class PlanRules(IReadOnlyList<string> files, IReadOnlySet<string> taken, IReadOnlyList<PlanContext> gathered, Project project, PlanLimits limits)
{
    /// <summary>What one look may ask for.</summary>
    const int MostMissing = 8;

    static readonly string[] ContextTypes = [ContextFilesNode.TypeName, ContextMapNode.TypeName, ContextSearchNode.TypeName];
    static readonly string[] SimpleSteps = [EditNode.TypeName, AnswerNode.TypeName];
    static readonly string[] AllSteps = [.. SimpleSteps, PlanNode.TypeName];

    string[] StepTypes => limits.Depth > 1 ? AllSteps : SimpleSteps;

    /// <summary>Everything that is wrong with a plan, each a full sentence; empty where it can be accepted.</summary>
    public IReadOnlyList<string> Check(Plan plan)
    {
        var problems = new List<string>();
        CheckNames(plan, problems);
        if (plan.IsLook)
        {
            CheckLook(plan, problems);
            return problems;
        }

        foreach (var context in plan.Context) CheckContext(context, problems);
        if (plan.Steps.Count == 0) problems.Add("The plan has no steps.");
        if (plan.Steps.Count > limits.Steps) problems.Add($"The plan has {plan.Steps.Count} steps; at most {limits.Steps} are allowed{CutFurther("a part of several steps")}.");
        foreach (var step in plan.Steps) CheckStep(step, plan, problems);
        if (problems.Count > 0 || plan.Steps.Count == 0) return problems;

        var order = Order(plan.Steps);
        if (order.Count < plan.Steps.Count)
            problems.Add($"These steps wait for each other: {string.Join(", ", plan.Steps.Except(order).Select(step => step.Name))}.");
        else if (order[^1].Type != EditNode.TypeName)
            problems.Add($"The last step, '{order[^1].Name}', must be of type {EditNode.TypeName}; nothing would use its answer.");
        foreach (var step in plan.Steps.Where(step => step.Type == AnswerNode.TypeName && !plan.Steps.Any(other => other.Context.Contains(step.Name))))
            problems.Add($"No step has the answer of '{step.Name}' in its context.");
        return problems;
    }

    /// <summary>Steps in an order in which each comes after what it needs, otherwise as written; those on a cycle are left out.</summary>
    public static IReadOnlyList<PlanStep> Order(IReadOnlyList<PlanStep> steps)
    {
        var done = new List<PlanStep>();
        var names = steps.Select(step => step.Name).ToHashSet(StringComparer.Ordinal);
        while (steps.FirstOrDefault(step => !done.Contains(step) && Needs(step).All(need => done.Exists(other => other.Name == need))) is { } next)
            done.Add(next);
        return done;

        IEnumerable<string> Needs(PlanStep step) => step.After.Concat(step.Context.Where(names.Contains));
    }

    /// <summary>What else can be done with a step that is not simple, as long as plans may stand within plans.</summary>
    string CutFurther(string what) => limits.Depth > 1 ? $", or make {what} a step of type {PlanNode.TypeName} that is cut by itself" : "";

    void CheckNames(Plan plan, List<string> problems)
    {
        foreach (var (name, count) in (plan.Missing ?? []).Concat(plan.Context).Select(context => context.Name).Concat(plan.Steps.Select(step => step.Name)).CountBy(name => name))
        {
            if (!NodePath.IsName(name)) problems.Add($"'{name}' is no name; write letters, digits and '-', beginning with a letter.");
            if (count > 1) problems.Add($"The name '{name}' is used {count.ToString(CultureInfo.InvariantCulture)} times.");
            if (taken.Contains(name) || PlanLayer.OwnNames.Contains(name)) problems.Add($"The name '{name}' is taken by a node of the task; choose another.");
        }
    }

    void CheckLook(Plan plan, List<string> problems)
    {
        if (limits.Looks <= 0) problems.Add("No more can be looked at: leave 'missing' empty and cut the task with what you were shown.");
        if (plan.Steps.Count + plan.Context.Count > 0) problems.Add("The plan asks to see more first, and has steps or context already: write either.");
        if (plan.Missing!.Count > MostMissing) problems.Add($"The plan asks for {plan.Missing.Count} things; at most {MostMissing} can be looked at in one go.");
        foreach (var context in plan.Missing)
        {
            CheckContext(context, problems);
            if (gathered.Any(context.IsSameAs)) problems.Add($"'{context.Name}' asks for what was shown already.");
            else if (gathered.Any(other => other.Name == context.Name)) problems.Add($"The name '{context.Name}' is taken by what was gathered before; choose another.");
        }
    }

    void CheckContext(PlanContext context, List<string> problems)
    {
        if (!ContextTypes.Contains(context.Type))
            problems.Add($"'{context.Name}' has the unknown type '{context.Type}'; a context is one of {string.Join(", ", ContextTypes)}.");
        if (context.Type is ContextSearchNode.TypeName or ContextMapNode.TypeName && string.IsNullOrWhiteSpace(context.Query))
            problems.Add($"'{context.Name}' has no query to search for.");
        if (context.Type != ContextFilesNode.TypeName) return;
        if (context.Paths.Count == 0) problems.Add($"'{context.Name}' names no paths.");
        foreach (var glob in context.Paths)
            if (!files.Any(new PathPatterns([glob]).IsMatch))
                problems.Add($"No file matches '{glob}' of '{context.Name}'.");
    }

    void CheckStep(PlanStep step, Plan plan, List<string> problems)
    {
        var isEdit = step.Type == EditNode.TypeName;
        if (!StepTypes.Contains(step.Type))
            problems.Add($"'{step.Name}' has the unknown type '{step.Type}'; a step is one of {string.Join(", ", StepTypes)}.");
        if (string.IsNullOrWhiteSpace(step.Description)) problems.Add($"'{step.Name}' has no description.");
        if (step.Type != AnswerNode.TypeName && step.Acceptance.All(string.IsNullOrWhiteSpace)) problems.Add($"'{step.Name}' has no acceptance: say what can be checked when it is done.");
        if (isEdit && step.Files.Count == 0) problems.Add($"'{step.Name}' names no files that it changes or creates.");
        if (isEdit && step.Files.Count > limits.Files)
            problems.Add($"'{step.Name}' changes {step.Files.Count} files; at most {limits.Files} are allowed, so cut it in two{CutFurther("it")}.");
        if (isEdit && step.Files.Sum(file => limits.Tokens.GetValueOrDefault(file)) is var tokens && tokens > limits.ContextTokens)
            problems.Add($"The files of '{step.Name}' fill about {tokens} tokens; at most {limits.ContextTokens} can be shown, so cut it in two{CutFurther("it")}.");
        if (isEdit && ProtectedPaths.Among(project, step.Files) is { Count: > 0 } touched)
            problems.Add($"'{step.Name}' changes what is protected: {string.Join(", ", touched.Select(item => item.Path))}.");
        foreach (var file in step.Files.Where(file => file.StartsWith('/') || file.Split('/', '\\').Contains("..")))
            problems.Add($"'{file}' of '{step.Name}' leaves the repository.");
        foreach (var name in step.After.Where(name => plan.Steps.All(other => other.Name != name)))
            problems.Add($"'{step.Name}' comes after '{name}', which is no step.");
        foreach (var name in step.Context)
            if (plan.Context.Concat(gathered).All(context => context.Name != name) && plan.Steps.All(other => other.Name != name || other.Type != AnswerNode.TypeName))
                problems.Add($"'{step.Name}' has the context '{name}', which nothing gives.");
    }
}

/// <summary>When a step is simple, and how far a task is cut.</summary>
/// <param name="Steps">Steps of one plan.</param>
/// <param name="Files">Files that a step changes.</param>
/// <param name="ContextTokens">Tokens that the files of a step fill.</param>
/// <param name="Depth">How many plans may stand within each other, this one included.</param>
/// <param name="Looks">How often more may still be looked at before the task is cut.</param>
/// <param name="Tokens">About how many tokens each file has; a file that is not listed has none yet.</param>
sealed record PlanLimits(int Steps, int Files, int ContextTokens, int Depth, int Looks, IReadOnlyDictionary<string, long> Tokens)
{
    public PlanLimits(TaskNode node, IReadOnlyDictionary<string, long> tokens)
        : this(node.Integer("maxSteps"), node.Integer("maxFiles"), node.Integer("contextMaxTokens"), node.Integer("maxDepth"), node.Integer("maxLooks") - node.Integer("looks"), tokens)
    {
    }
}
