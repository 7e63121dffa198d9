using System.CommandLine;
using TaskBot.Conformance.Composition;

var directory = new Argument<DirectoryInfo>("DIR") { Description = "Folder with cases/*.json, scenes/*.json, micro.json and listops.json, each when present." };
var json = new Option<bool>("--json") { Description = "One JSON object a line instead of text." };
var composition = new Command("composition", "Compose recorded scenes and compare with what OpenUSD made of them.") { directory, json };
composition.SetAction(result => CompositionRun.Run(result.GetRequiredValue(directory), result.GetValue(json), Console.Out));
var root = new RootCommand("Compares TaskBot with recorded answers of others.") { composition };
return root.Parse(args).Invoke();
