using System.Collections.Immutable;
using TaskBot.Bot.Library;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;
using TaskBot.Graphs.Layers;
using TaskBot.Models;

namespace TaskBot.Bot.Learning;

/// <summary>What was chosen for a run before it began.</summary>
/// <param name="Layers">The run's first layers: what was asked for with the chosen variants, and the chosen prompts and models.</param>
/// <param name="Choices">Each choice.</param>
public sealed record ChosenOptions(ImmutableArray<RunLayer> Layers, ImmutableArray<Choice> Choices);

/// <summary>
/// Makes the choices that a layer leaves open with <c>select: { ...: auto }</c>: the variants of a set, the prompts of node types where several fit equally (<c>prompt</c>), and which model
/// of a profile is asked first (<c>model</c>). A set without options stays as it was written, and composing says so.
/// </summary>
public sealed class RunChoices(OptionChooser chooser, IModelRouter models)
{
    public async Task<ChosenOptions> MakeAsync(RunRecord run, TaskChoice choice, RunWork work, CancellationToken cancellationToken)
    {
        var issue = TaskLayers.Issue(run.Request, choice.Task, choice.Selections, work.BaseTree);
        var open = work.Composer.SelectionsOf(issue).Where(selection => selection.Value == VariantSelection.Auto).Select(selection => selection.Key).ToHashSet(StringComparer.Ordinal);
        if (open.Count == 0) return new([issue], []);

        var choices = ImmutableArray.CreateBuilder<Choice>();
        string[] about = [$"task:{choice.Task}", .. work.Project.Languages.Take(1).Select(language => $"language:{language}")];
        async Task<string> ChooseAsync(string set, IReadOnlyList<string> options)
        {
            var chosen = await chooser.ChooseAsync(run.Repository, run.Id.Value, set, options, about, cancellationToken);
            choices.Add(chosen);
            return chosen.Option;
        }

        // Variants first: they decide which nodes there are.
        var selections = choice.Selections;
        foreach (var (set, variants) in work.Composer.VariantsOf(issue).Where(set => open.Contains(set.Key)).OrderBy(set => set.Key, StringComparer.Ordinal))
            selections = selections.SetItem(set, await ChooseAsync(set, variants));
        issue = TaskLayers.Issue(run.Request, choice.Task, selections, work.BaseTree);
        var nodes = work.Composer.Compose([issue], []).Graph?.Nodes.Values.Where(node => !node.IsBranch).ToList() ?? [];
        var layers = ImmutableArray.Create(issue);
        if (open.Contains("prompt"))
        {
            foreach (var type in Named(nodes.Where(node => node.Text("prompt") is null).Select(node => node.Type)))
                if (work.Prompts.Rivals(type, work.Project.Languages) is { Length: > 1 } prompts)
                    layers = layers.Add(RunParameters.Prompt(type, await ChooseAsync($"prompt {type}", prompts)));
        }

        if (open.Contains("model"))
        {
            foreach (var profile in Named(nodes.Select(node => node.Text("model")).OfType<string>().Where(models.HasProfile)))
            {
                var chain = models.Describe(work.Project.ModelFor(profile)).Split(ModelRouter.ChainSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                if (chain.Length < 2) continue;
                var first = await ChooseAsync($"model {profile}", chain);
                // The others still stand in for it.
                layers = layers.Add(RunParameters.Model(profile, string.Join($"{ModelRouter.ChainSeparator} ", chain.Where(model => model != first).Prepend(first))));
            }
        }

        return new(layers, choices.DrainToImmutable());

        static IEnumerable<string> Named(IEnumerable<string> names) => names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
    }
}
