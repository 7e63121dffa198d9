namespace TaskBot.Bot.Refinement;

/// <summary>What kind of failure it was: what has to change so that it does not come again.</summary>
public enum FailureClass
{
    /// <summary>Something else.</summary>
    Other,

    /// <summary>Whoever did the work said what it was not told.</summary>
    FactsMissing,

    /// <summary>What a model wrote could not be applied as it was meant.</summary>
    EditRefused,

    /// <summary>The change does not build.</summary>
    BuildFailed,

    /// <summary>Tests of the run's own failed.</summary>
    TestsFailed,

    /// <summary>Our own review, or a check of an answer, found something.</summary>
    ReviewFailed,

    /// <summary>Checks of the forge failed on what was published.</summary>
    ChecksFailed,

    /// <summary>A person's review asks for changes.</summary>
    ChangesAsked,

    /// <summary>A model could not be asked, or gave nothing that can be used.</summary>
    ModelFailed,
}
