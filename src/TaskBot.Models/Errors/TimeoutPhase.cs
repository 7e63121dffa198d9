namespace TaskBot.Models.Errors;

/// <summary>What a call was waiting for when its time ran out.</summary>
public enum TimeoutPhase
{
    /// <summary>The server accepted the request and sent nothing.</summary>
    NoFirstToken,

    /// <summary>The answer began and then stopped coming.</summary>
    Stalled,

    /// <summary>The answer kept coming and was not finished in the time a whole call may take.</summary>
    Total,
}
