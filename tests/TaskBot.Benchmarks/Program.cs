using System.CommandLine;
using TaskBot.Benchmarks.Composition;

var rounds = new Option<int>("--rounds") { Description = "How often each is measured; the best counts.", DefaultValueFactory = _ => 30 };
var composition = new Command("composition", "The four anchor scenes of composition, memory, and recomposition after an edit.") { rounds };
composition.SetAction(result => CompositionBenchmark.Run(result.GetValue(rounds), Console.Out));
return new RootCommand("Figures of TaskBot's parts.") { composition }.Parse(args).Invoke();
