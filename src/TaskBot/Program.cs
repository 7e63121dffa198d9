using TaskBot.Commands;

return await CommandLine.RunAsync(args);
