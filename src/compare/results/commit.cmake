# Writes a source with the commit that the folder `source` is of to the file `output`, where it has another one.
set(commit unknown)
set(ENV{GIT_OPTIONAL_LOCKS} 0)
execute_process(COMMAND git rev-parse --show-prefix WORKING_DIRECTORY ${source}
                OUTPUT_VARIABLE prefix RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
# A copy of the source within another project's repository is not of that one's commit.
if(NOT failed AND prefix STREQUAL "")
    execute_process(COMMAND git describe --always --dirty --abbrev=12 --exclude=* WORKING_DIRECTORY ${source}
                    OUTPUT_VARIABLE described RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT failed)
        set(commit ${described})
    endif()
endif()
file(CONFIGURE OUTPUT ${output} CONTENT
     "#include \"compare/results/build.hpp\"\n\nconst char* const iomux::compare::build::commit = \"${commit}\";\n")
