using System.CommandLine;
using TaskBot.Conformance.Composition;

var directory = new Argument<DirectoryInfo>("DIR") { Description = "Folder with cases/*.json, scenes/*.json, micro.json and listops.json, each when present." };
var json = new Option<bool>("--json") { Description = "One JSON object a line instead of text." };
var composition = new Command("composition", "Compose recorded scenes and compare with what OpenUSD made of them.") { directory, json };
composition.SetAction(result => CompositionRun.Run(result.GetRequiredValue(directory), result.GetValue(json), Console.Out));
var seconds = new Option<int>("--seconds") { Description = "How long.", DefaultValueFactory = _ => 600 };
var seed = new Option<int>("--seed") { Description = "The same seed gives the same texts.", DefaultValueFactory = _ => Random.Shared.Next() };
var fuzz = new Command("fuzz", "Read and compose broken YAML until something throws or hangs.") { seconds, seed };
fuzz.SetAction(result => YamlFuzz.Run(result.GetValue(seconds), result.GetValue(seed), Console.Out));
var root = new RootCommand("Compares TaskBot with recorded answers of others.") { composition, fuzz };
return root.Parse(args).Invoke();
