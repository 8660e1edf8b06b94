# Writes a source file with the commit of the folder `source` to `output`, if the commit has changed.
set(commit unknown)
set(ENV{GIT_OPTIONAL_LOCKS} 0)
execute_process(COMMAND git rev-parse --show-prefix WORKING_DIRECTORY ${source}
                OUTPUT_VARIABLE prefix RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
# In a copy within another project's repository, the commit is unknown.
if(NOT failed AND prefix STREQUAL "")
    execute_process(COMMAND git describe --always --dirty --abbrev=12 --exclude=* WORKING_DIRECTORY ${source}
                    OUTPUT_VARIABLE described RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT failed)
        set(commit ${described})
    endif()
endif()
file(CONFIGURE OUTPUT ${output} CONTENT
     "#include \"compare/results/build.hpp\"\n\nconst char* const iomux::compare::build::commit = \"${commit}\";\n")
