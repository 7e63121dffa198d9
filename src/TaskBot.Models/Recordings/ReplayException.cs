namespace TaskBot.Models.Recordings;

/// <summary>A request was made that was not made when the recording was; the message says where it first differs from the nearest one.</summary>
public sealed class ReplayException(string message) : Exception(message);
